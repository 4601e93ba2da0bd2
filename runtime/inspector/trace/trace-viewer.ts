/**
 * One viewer of a trace: the feed's words, answered out of the trace instead of a node. Time
 * stands still until the viewer asks for another step.
 */
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import {
  feedVersion,
  type ActorName,
  type ActorStep,
  type FromNode,
  type Stand,
} from '../protocol.ts';
import type { AskInstances, FromViewer, InstancesAnswer } from '../question-protocol.ts';
import type { TraceLinePicture } from './trace-words.ts';
import { meaningOf } from './trace-line.ts';
import type { Trace } from './trace.ts';
import { kindOf, isProposal, partsOf, pictureOf, standIn } from './traced-pictures.ts';
import { worldBefore, type TracedWorld } from './traced-world.ts';

export type TraceViewer = Readonly<{
  /** What it is told before it asks for anything. */
  welcome(): readonly FromNode[];
  hear(asked: FromViewer): readonly FromNode[];
}>;

type Parts = Readonly<{ trace: Trace; name: string; release: string }>;

const linesMax = 1_000;
const linesDefault = 200;

const notInTraces = {
  type: 'refused',
  code: 'bad-request',
  message: 'a trace cannot answer that; ask a node that runs',
} as const;

export function traceViewer({ trace, name, release }: Parts): TraceViewer {
  const { lines, members } = trace;
  const durationMs = lines.at(-1)?.atMs ?? 0;
  const machines = machinesIn(trace.worldAt(lines.length));
  const watched = new Set<ActorName>();
  const charts = new Set<string>();
  let step = 0;
  let world: TracedWorld = worldBefore;

  const lineAt = (at: number): TraceLinePicture => {
    const { atMs = 0, who = '', said = '' } = lines[at - 1] ?? {};
    return { step: at, atMs, who, said };
  };

  /** Its chart's key, which the viewer is told of first. */
  function chartFor(nameInNode: string, told: FromNode[]): string | null {
    const { machine } = kindOf(nameInNode);
    if (machine === null) return null;
    const key = machine.id;
    if (charts.has(key)) return key;
    charts.add(key);
    told.push({ type: 'chart', key, chart: chartOf(machine) });
    return key;
  }

  function everybody(): readonly FromNode[] {
    const told: FromNode[] = [];
    const nodes = members.map((member) => pictureOf(member, world.nodes.get(member), world.atMs));
    told.push({ type: 'cluster', nodes });
    for (const member of members) {
      const actors = world.nodes.get(member)?.actors ?? new Map();
      const added = [...actors.keys()]
        .filter((nameInNode) => !isProposal(nameInNode))
        .map((nameInNode) => ({
          actor: nameInNode === '' ? member : `${member}/${nameInNode}`,
          kind: kindOf(nameInNode).kind,
          parent: nameInNode === '' ? null : member,
          chart: chartFor(nameInNode, told),
        }));
      told.push({ type: 'actors', node: member, isAll: true, added, removed: [] });
    }
    return told;
  }

  function picture(actor: ActorName): readonly FromNode[] {
    const stand = standIn(world, actor);
    if (stand === null) {
      return [{ type: 'gone', actor, reason: 'there is no such actor at this step' }];
    }
    const told: FromNode[] = [];
    const [, nameInNode] = partsOf(actor);
    told.push({ type: 'actor', actor, chart: chartFor(nameInNode, told), ...stand });
    const stepped = lastStep(actor, stand);
    if (stepped !== null) told.push(stepped);
    return told;
  }

  /** The latest event that it took, if it was in the step that is shown. */
  function lastStep(actor: ActorName, stand: Stand): ActorStep | null {
    const line = lines[step - 1];
    const [node, nameInNode] = partsOf(actor);
    if (line === undefined || line.who !== node) return null;
    const meaning = meaningOf(line);
    if (meaning?.type !== 'takes' && meaning?.type !== 'is') return null;
    if (meaning.actor !== nameInNode) return null;
    const event = world.nodes.get(node)?.actors.get(nameInNode)?.event;
    if (event === null || event === undefined) return null;
    const explanation = { microsteps: [], refusals: [], unmentioned: false };
    const { atMs } = line;
    return { type: 'step', actor, skipped: 0, atMs, event: { type: event }, explanation, ...stand };
  }

  function seek(request: number, to: number): readonly FromNode[] {
    step = Math.min(Math.max(0, Math.trunc(to)), lines.length);
    world = trace.worldAt(step);
    return [
      { request, type: 'sought', step, line: lineAt(step) },
      ...everybody(),
      ...[...watched].flatMap(picture),
    ];
  }

  function linesFrom(
    request: number,
    { from, limit = linesDefault, search = '' }: { from: number; limit?: number; search?: string },
  ): FromNode {
    const found: TraceLinePicture[] = [];
    const wanted = Math.min(limit, linesMax);
    let at = Math.max(1, Math.trunc(from));
    for (; at <= lines.length && found.length < wanted; at += 1) {
      const line = lineAt(at);
      if (`${line.who} ${line.said}`.includes(search)) found.push(line);
    }
    return { request, type: 'lines', lines: found, next: at <= lines.length ? at : null };
  }

  /** As of the step that is shown, from whichever node has applied most. */
  function instancesOf({
    machine,
    search = '',
    after,
    limit = linesDefault,
  }: AskInstances): InstancesAnswer {
    const [ahead] = [...world.nodes.values()].toSorted((a, b) => b.appliedIndex - a.appliedIndex);
    const all = [...(ahead?.instances ?? [])]
      .filter(([instance]) => instance.startsWith(`${machine}/`))
      .map(([instance, { value, status, index }]) => ({
        key: instance.slice(machine.length + 1),
        value,
        status,
        index,
      }));
    const found = all.filter(({ key }) => key.includes(search));
    const from = after === undefined ? 0 : found.findIndex(({ key }) => key === after) + 1;
    const instances = found.slice(from, from + Math.min(limit, linesMax));
    const isEnd = from + instances.length >= found.length;
    const next = isEnd ? null : (instances.at(-1)?.key ?? null);
    return { type: 'instances', machine, count: all.length, instances, next };
  }

  return {
    welcome() {
      step = 0;
      world = worldBefore;
      const [node = ''] = members;
      return [
        {
          type: 'welcome',
          version: feedVersion,
          source: 'trace',
          node,
          cluster: name,
          release,
          mayAct: false,
          members,
          machines,
          trace: { name, steps: lines.length, durationMs },
        },
        ...everybody(),
      ];
    },
    hear(asked) {
      switch (asked.type) {
        case 'watch':
          watched.add(asked.actor);
          return picture(asked.actor);
        case 'unwatch':
          watched.delete(asked.actor);
          return [];
        case 'watch-proposals':
        case 'unwatch-proposals':
          return [];
        case 'seek':
          return seek(asked.request, asked.step);
        case 'instances':
          return [{ request: asked.request, ...instancesOf(asked) }];
        case 'lines':
          return [linesFrom(asked.request, asked)];
        default:
          return [{ request: asked.request, ...notInTraces }];
      }
    },
  };
}

/** `lifecycle` first, like a node's. */
function machinesIn({ nodes }: TracedWorld): readonly string[] {
  const names = new Set(['lifecycle']);
  for (const { instances } of nodes.values()) {
    for (const instance of instances.keys()) names.add(instance.slice(0, instance.indexOf('/')));
  }
  return [...names];
}
