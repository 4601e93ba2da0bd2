/** A path within what a step came to, in words. */
import { type Path, showPath } from './exercise-imprint.ts';
import type { Take } from './exercise-take.ts';

export function inWords(path: Path, { consequences }: Pick<Take, 'consequences'>): string {
  const { rest } = withinChild(path);
  const [part, at] = rest;
  switch (part) {
    case 'context':
    case 'output':
    case 'input':
      return `\`${showPath(rest)}\``;
    case 'active':
    case 'status':
    case 'place':
    case 'remembered':
    case 'children':
      return 'the state that it comes to';
    case 'accepted':
      return 'whether it takes the event';
    case 'failure':
    case 'error':
      return 'whether it fails';
    case 'emitted':
      return 'what it emits';
    case 'waiting':
      return rest.includes('delayMs') ? 'how long it waits' : 'what it waits for';
    case 'changes':
      return changeInWords(changeAt(consequences, at), rest);
    default:
      return 'what comes of it';
  }
}

/** The children that a path leads to, by their ids, and the rest of it. */
export function withinChild(path: Path): Readonly<{ child: readonly string[]; rest: Path }> {
  const [part, id, ...rest] = path;
  if (part !== 'children' || id === undefined || rest.length === 0)
    return { child: [], rest: path };
  const inner = withinChild(rest);
  return { child: [String(id), ...inner.child], rest: inner.rest };
}

type Told = Readonly<{ type?: string; kind?: string; name?: string; machine?: string }>;

function changeAt(consequences: object, at: string | number | undefined): Told {
  const { changes } = consequences as { changes?: readonly Told[] };
  return (typeof at === 'number' ? changes?.[at] : undefined) ?? {};
}

function changeInWords({ type, kind, name, machine }: Told, path: Path): string {
  if (type === 'schedule') {
    return path.includes('delayMs') ? 'how long it waits' : 'what it waits for';
  }
  switch (kind) {
    case 'invocation':
      return path.includes('input') ? `the input of the actor "${name}"` : 'what it runs';
    case 'action':
      return `the parameters of the action "${name}"`;
    case 'sending':
      return `what it sends to "${machine}"`;
    case 'telling':
      return 'what it sends to an actor';
    default:
      return 'what it asks for';
  }
}
