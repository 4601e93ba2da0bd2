/** Several WebSocket frames in one input: a line each. One that begins with a zero byte is binary. */
const lineFeed = 0x0a;
const framesMax = 8;

export type Frame = Readonly<{ isBinary: boolean; text: string; bytes: Uint8Array }>;

export function framesOf(input: Uint8Array): readonly Frame[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start <= input.length && lines.length < framesMax;) {
    const found = input.indexOf(lineFeed, start);
    const end = found === -1 ? input.length : found;
    lines.push(input.subarray(start, end));
    start = end + 1;
  }
  return lines.map((line) => ({
    isBinary: line[0] === 0,
    text: Buffer.from(line).toString(),
    bytes: line,
  }));
}
