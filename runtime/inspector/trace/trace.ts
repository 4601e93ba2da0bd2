/** A trace as a whole: its lines, and the world right after any of them. */
import { parseTraceLine, type TraceLine } from './trace-line.ts';
import { worldAfter, worldBefore, type TracedWorld } from './traced-world.ts';

export type Trace = Readonly<{
  lines: readonly TraceLine[];
  /** Nodes by name, in order: whoever came up, or tried to. */
  members: readonly string[];
  /** Right after that step; 0 is before the first. */
  worldAt(step: number): TracedWorld;
}>;

/** Between two worlds that are kept, in steps: so many are gone through to reach one between them. */
const stepsBetween = 512;

/** Null where no line of the text is one of a trace. */
export function readTrace(text: string): Trace | null {
  const lines = text.split('\n').flatMap((line) => parseTraceLine(line) ?? []);
  if (lines.length === 0) return null;

  const kept: TracedWorld[] = [worldBefore];
  let world = worldBefore;
  lines.forEach((line, at) => {
    world = worldAfter(world, line);
    if ((at + 1) % stepsBetween === 0) kept.push(world);
  });

  return {
    lines,
    members: [...world.nodes.keys()].toSorted(),
    worldAt(step) {
      const from = Math.floor(step / stepsBetween);
      const begun = kept[from] ?? worldBefore;
      return lines.slice(from * stepsBetween, step).reduce(worldAfter, begun);
    },
  };
}
