/** Whatever a chart puts into its context, the node that shows it lives on. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { inJson } from '../../runtime/gateway/in-json.ts';

test('what JSON can say is said as JSON says it', () => {
  const answer = { a: [1, null, 'x'], b: { c: undefined, d: new Date(0) } };
  assert.equal(inJson(answer), JSON.stringify(answer));
});

test('a BigInt, a cycle, a toJSON that throws and a getter that throws are shown in brackets', () => {
  const cycle: Record<string, unknown> = { n: 1 };
  cycle['self'] = cycle;
  const answer = {
    big: 10n,
    cycle,
    angry: {
      kept: 1,
      toJSON: () => {
        throw new Error('no');
      },
    },
    shy: Object.defineProperty({}, 'field', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    }),
  };
  assert.deepEqual(JSON.parse(inJson(answer)), {
    big: '[bigint 10]',
    cycle: { n: 1, self: '[circular]' },
    angry: { kept: 1 },
    shy: { field: '[unreadable]' },
  });
});

test('a context without end is cut, not followed', () => {
  let deep: object = { big: 1n };
  for (let n = 0; n < 100_000; n += 1) deep = { deep };
  assert.match(inJson(deep), /\[too deep\]/);
});
