/**
 * How large the writing of a drawing is. Nothing here measures a font: events, guards and actions
 * are set in a monospaced one, whose width is known well enough without, in Node as in a browser.
 */

export type Writing = 'title' | 'code' | 'prose';

type Metrics = Readonly<{ sizePx: number; linePx: number; characterPx: number }>;

/** `characterPx` errs on the wide side, so that no box is too small for its text. */
export const metrics: Readonly<Record<Writing, Metrics>> = {
  title: { sizePx: 13, linePx: 18, characterPx: 8.4 },
  code: { sizePx: 11, linePx: 16, characterPx: 6.7 },
  prose: { sizePx: 11, linePx: 15, characterPx: 6.2 },
};

export const widthOf = (text: string, writing: Writing): number =>
  Math.ceil(text.length * metrics[writing].characterPx);

/** Cut to so many characters, with a sign that there was more. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;

/** Broken between words. What does not fit on the last line is cut. */
export function wrapped(text: string, charactersPerLine: number, mostLines: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= charactersPerLine || line === '') {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  if (line !== '') lines.push(line);
  if (lines.length <= mostLines) return lines.map((each) => cut(each, charactersPerLine));
  const rest = lines.slice(mostLines - 1).join(' ');
  return [...lines.slice(0, mostLines - 1), cut(rest, charactersPerLine)];
}
