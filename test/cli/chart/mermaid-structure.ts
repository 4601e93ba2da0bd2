/**
 * Reads back what `quorate chart --mermaid` writes: that part of Mermaid's state diagrams, line by
 * line, and nothing else. (Mermaid's own parser comes with 180 MB.)
 */
import assert from 'node:assert/strict';

export type Read = {
  name: string;
  title: string;
  lines: string[];
  children: Read[];
  regions: number;
  initial: string | null;
  isFinal: boolean;
};

export type Diagram = Readonly<{
  root: Read;
  states: ReadonlyMap<string, Read>;
  arrows: readonly Readonly<{ from: string; to: string; label: string; within: string }>[];
}>;

const plain = (text: string): string => {
  // What would mean something else to Mermaid.
  assert.doesNotMatch(text.replace(/#\d+;/g, ''), /[:;#{}"<>]|--/, text);
  return text.replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
};

export function readMermaid(text: string): Diagram {
  const [head, ...rest] = text.trimEnd().split('\n');
  assert.equal(head, 'stateDiagram-v2');
  const states = new Map<string, Read>();
  const arrows: Diagram['arrows'][number][] = [];
  const top: Read = {
    name: '',
    title: '',
    lines: [],
    children: [],
    regions: 1,
    initial: null,
    isFinal: false,
  };
  const open: Read[] = [top];
  let note: Read | null = null;

  const known = (name: string): Read => {
    const state = states.get(name);
    assert.ok(state !== undefined, `${name} is not there`);
    return state;
  };
  const ends: string[] = [];
  for (const line of rest.map((each) => each.trim())) {
    const around = open.at(-1) ?? top;
    const declared = /^state "(.+)" as (\w+)( \{)?$/.exec(line);
    const described = /^(\w+) : (.+)$/.exec(line);
    const initial = /^\[\*\] --> (\w+)$/.exec(line);
    const final = /^(\w+) --> \[\*\]$/.exec(line);
    const arrow = /^(\w+) --> (\w+) : (.+)$/.exec(line);
    const noted = /^note right of (\w+)$/.exec(line);
    if (line === 'end note') note = null;
    else if (note !== null) note.lines.push(plain(line));
    else if (line === '--') around.regions += 1;
    else if (line === '}') open.pop();
    else if (noted?.[1] !== undefined) note = known(noted[1]);
    else if (initial?.[1] !== undefined) around.initial = initial[1];
    else if (final?.[1] !== undefined) known(final[1]).isFinal = true;
    else if (arrow !== null) {
      const [, from = '', to = '', label = ''] = arrow;
      ends.push(from, to);
      arrows.push({ from, to, label: plain(label), within: around.name });
    } else if (declared !== null) {
      const [, title = '', name = '', brace] = declared;
      assert.ok(!states.has(name), `${name} is there twice`);
      const state: Read = { ...top, name, title: plain(title), lines: [], children: [] };
      Object.assign(state, { regions: 1, initial: null, isFinal: false });
      states.set(name, state);
      around.children.push(state);
      if (brace !== undefined) open.push(state);
    } else if (described !== null) known(described[1] ?? '').lines.push(plain(described[2] ?? ''));
    else assert.fail(`what is "${line}"?`);
  }
  assert.deepEqual(open, [top], 'every brace is closed');
  assert.equal(note, null, 'every note is ended');
  ends.forEach(known);
  const [root] = top.children;
  assert.ok(root !== undefined && top.children.length === 1);
  return { root, states, arrows };
}
