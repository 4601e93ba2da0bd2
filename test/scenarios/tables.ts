/** The tables of a page of Markdown, as rows of cells; their headings are left out. */
export function rowsOf(page: string): readonly (readonly string[])[] {
  const lines = page.split('\n').filter((line) => line.startsWith('|'));
  const isRule = (line: string | undefined): boolean =>
    line !== undefined && /^[|\s:-]+$/.test(line);
  return lines
    .filter((line, nth) => !isRule(line) && !isRule(lines[nth + 1]))
    .map((line) =>
      line
        .slice(1, line.trimEnd().lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}
