/** The tests that a file declares, as its source says them: what is `${…}` in a title stays so. */
import { readFileSync } from 'node:fs';

export type Declared = Readonly<{
  title: string;
  /** The comment lines right before it, without their slashes. */
  comment: string;
}>;

const declaration = /^( *)test\(\s*(?:'((?:\\.|[^'\\\n])*)'|`((?:\\.|[^`\\])*)`|"([^"\n]*)")/gm;
const commentBefore = /(?:\n *\/\/[^\n]*)+\n$/;

export function testsIn(path: string): readonly Declared[] {
  const source = readFileSync(path, 'utf8');
  return [...source.matchAll(declaration)].map((found) => {
    const [, , quoted, template, doubled] = found;
    const title = (quoted ?? template ?? doubled ?? '').replaceAll(/\\(.)/g, '$1');
    const [comment = ''] = commentBefore.exec(source.slice(0, found.index)) ?? [];
    return { title, comment: comment.replaceAll(/^ *\/\/ ?/gm, '').trim() };
  });
}
