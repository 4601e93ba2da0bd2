/** Data as a decoder may give it: nothing but what JSON has, and bytes; not too deep; no surprises. */
import assert from 'node:assert/strict';

const plainPrototypes: readonly unknown[] = [
  Object.prototype,
  Array.prototype,
  Uint8Array.prototype,
];

export function assertPlain(value: unknown, depthLeft: number): void {
  if (typeof value === 'number') {
    assert.ok(Number.isFinite(value), `${value} is a number`);
    return assert.ok(!Object.is(value, -0), 'there is one zero');
  }
  if (typeof value === 'string') {
    return assert.ok(!/\p{Surrogate}/u.test(value), 'text is whole, so that UTF-8 can carry it');
  }
  if (typeof value !== 'object' || value === null) {
    return assert.ok(value === null || typeof value === 'boolean', `${typeof value} is no data`);
  }
  assert.ok(depthLeft > 0, 'it is not too deep');
  const prototype: unknown = Object.getPrototypeOf(value);
  assert.ok(plainPrototypes.includes(prototype), 'it is no object of a class');
  if (value instanceof Uint8Array) return;
  for (const [name, held] of Object.entries(value)) {
    assertPlain(name, depthLeft);
    assertPlain(held, depthLeft - 1);
  }
}
