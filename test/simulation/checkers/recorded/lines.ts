/** Reads a text line by line. Throws at the first line that `read` has no use for. */
export function mapLines<Read>(text: string, read: (line: string) => Read | null): Read[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('the last line is cut off');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line, at) => {
      const found = read(line);
      if (found === null) throw new Error(`line ${at + 1} is not understood: ${line}`);
      return found;
    });
}
