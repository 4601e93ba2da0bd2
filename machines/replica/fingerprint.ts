/**
 * A short name for a definition: equal for equal definitions on every node and in every run,
 * and different for all others, but for accidents. It guards against mistakes, not against forgery.
 */

/** 64 bits of plain data's JSON, as 16 hexadecimal digits. Two murmur-like lanes, mixed at the end. */
export function fingerprint(definition: unknown): string {
  const text = JSON.stringify(definition);
  let a = 0xdeadbeef ^ text.length;
  let b = 0x41c6ce57 ^ text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
    a = (a << 13) | (a >>> 19);
    b = (b << 17) | (b >>> 15);
  }
  const high = avalanche(a ^ Math.imul(b, 0x85ebca6b));
  const low = avalanche(b ^ Math.imul(high, 0xc2b2ae35));
  return hex(high) + hex(low);
}

/** Murmur3's finalizer: every bit in sways every bit out. */
function avalanche(lane: number): number {
  let mixed = lane;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const hex = (lane: number): string => lane.toString(16).padStart(8, '0');
