/**
 * The first words on a connection between nodes: who calls, whom it wants, and whether the two
 * belong together. Pure text in, verdict out; nothing that a stranger says is believed before it
 * has passed schema and size limit. The exchange is described in peer-protocol.md.
 */
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { FaultCode } from '../../machines/protocol/errors.ts';
import { nodeId, type NodeId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { differingParts, type Parts } from '../../machines/replica/definition-parts.ts';

export const peerProtocol = 1;

export const peerPath = '/v1/peer';

/** What one node tells another of itself. */
export type Identity = Readonly<{
  cluster: string;
  node: NodeId;
  /** The fingerprint of each machine's definition, by the machine's name. */
  machines: Readonly<Record<string, string>>;
  /** Of this software, for people only. */
  version: string;
  /** A machine's definition, taken apart: the depth is 3 at most. */
  partsOf?: (machine: string, depth: number) => Parts;
}>;

const refusalCodes = [
  'peer-wrong-protocol',
  'peer-wrong-cluster',
  'peer-unknown-node',
  'peer-machines-differ',
  'peer-garbage',
] as const satisfies readonly FaultCode[];

/** Machines' definitions, each as finely as there is room for. */
type TakenApart = Readonly<Record<string, Readonly<{ depth: number; prints: Parts }>>>;

/** Why two nodes do not talk; the message says what to do about it. */
export type HandshakeFault = Readonly<{
  code: (typeof refusalCodes)[number];
  message: string;
  /** What the machines that differ are on the node that says so. */
  definitions?: TakenApart;
}>;

/** WebSocket close codes of our own (RFC 6455 §7.4.2), beside the standard 1001 for a node that stops. */
export const closeCodes = {
  'peer-wrong-protocol': 4001,
  'peer-wrong-cluster': 4002,
  'peer-unknown-node': 4003,
  'peer-machines-differ': 4004,
  'peer-garbage': 4005,
  /** A newer connection from the same node took its place. */
  replaced: 4006,
  /** No greeting, or nothing at all, for too long. */
  silent: 4007,
  /** Too many connections that have not greeted; the oldest goes. */
  crowded: 4008,
  goingAway: 1001,
} as const;

const name = (charsMax: number) => Type.String({ minLength: 1, maxLength: charsMax });
const node = Type.String({ pattern: `^[a-zA-Z0-9_.-]{1,${limits.nodeIdCharsMax}}$` });

const machineName = Type.String({ pattern: `^.{1,${limits.machineNameCharsMax}}$` });
const fingerprint = name(limits.fingerprintCharsMax);
const greetingType = Type.Union([Type.Literal('hello'), Type.Literal('welcome')]);
const greetingSchema = Type.Object({
  type: greetingType,
  protocol: Type.Literal(peerProtocol),
  cluster: name(limits.clusterNameCharsMax),
  node,
  to: node,
  machines: Type.Record(machineName, fingerprint, { additionalProperties: false }),
  version: name(64),
});

/** In a message for people. */
const machinesNamedMax = 8;
const partsNamedMax = 4;
const nameCharsMax = 120;

type Greeting = Static<typeof greetingSchema>;
type GreetingType = Greeting['type'];

/** Other versions of the protocol may differ in everything but this. */
const anyGreeting = Compile(Type.Object({ type: greetingType, protocol: Type.Integer() }));
const ourGreeting = Compile(greetingSchema);
const anyRefusal = Compile(
  Type.Object({
    type: Type.Literal('refused'),
    code: Type.Enum([...refusalCodes]),
    message: Type.String({ maxLength: limits.refusalMessageCharsMax }),
    definitions: Type.Optional(
      Type.Record(
        machineName,
        Type.Object({
          depth: Type.Integer({ minimum: 1, maximum: 3 }),
          prints: Type.Record(Type.String(), fingerprint),
        }),
      ),
    ),
  }),
);

/** From the dialer `hello`, in answer to it `welcome`; both say the same things. */
export function greeting(type: GreetingType, self: Identity, to: NodeId): string {
  const { cluster, node: from, machines, version } = self;
  return JSON.stringify({
    type,
    protocol: peerProtocol,
    cluster,
    node: from,
    machines,
    version,
    to,
  });
}

export const refusal = ({ code, message, definitions }: HandshakeFault): string =>
  JSON.stringify({ type: 'refused', code, message, definitions });

export type HelloHeard =
  | Readonly<{ ok: true; from: NodeId }>
  /** `from` is who it claims to be, as far as it said so. */
  | Readonly<{ ok: false; fault: HandshakeFault; from: NodeId | null }>;

/** The acceptor's side: does `frame` come from one of `peers`, and does it mean us? */
export function readHello(
  frame: Uint8Array,
  self: Identity,
  peers: ReadonlySet<NodeId>,
): HelloHeard {
  const said = readGreeting(parse(frame), 'hello');
  if ('code' in said) return { ok: false, fault: said, from: null };

  const from = nodeId(said.node);
  const fault = mismatch(said, self, peers);
  return fault === null ? { ok: true, from } : { ok: false, fault, from };
}

export type AnswerHeard =
  | Readonly<{ type: 'welcomed' }>
  | Readonly<{ type: 'refused' | 'unfit'; fault: HandshakeFault }>;

/** The dialer's side: welcomed by the very node it dialed, refused, or not what it looked for. */
export function readAnswer(frame: Uint8Array, self: Identity, dialed: NodeId): AnswerHeard {
  const answer = parse(frame);
  if (anyRefusal.Check(answer)) {
    const { code, message, definitions = {} } = answer;
    const whole = message + whereTheyDiffer(definitions, self);
    return {
      type: 'refused',
      fault: { code, message: whole.slice(0, limits.refusalMessageCharsMax) },
    };
  }
  const said = readGreeting(answer, 'welcome');
  if ('code' in said) return { type: 'unfit', fault: said };

  const fault = mismatch(said, self, new Set([dialed]));
  return fault === null ? { type: 'welcomed' } : { type: 'unfit', fault };
}

function parse(frame: Uint8Array): unknown {
  if (frame.length > limits.peerHelloBytesMax) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame));
  } catch {
    return undefined;
  }
}

function readGreeting(said: unknown, type: GreetingType): Greeting | HandshakeFault {
  if (!anyGreeting.Check(said) || said.type !== type) {
    return {
      code: 'peer-garbage',
      message: `what came is no ${type}: see that the address is that of a node of this cluster`,
    };
  }
  if (said.protocol !== peerProtocol) {
    return {
      code: 'peer-wrong-protocol',
      message:
        `it speaks peer protocol ${said.protocol}, this node ${peerProtocol}: ` +
        'run versions of Quorate that share one',
    };
  }
  if (!ourGreeting.Check(said)) {
    return { code: 'peer-garbage', message: `a ${type} with missing or malformed fields` };
  }
  return said;
}

/** Why the node that `said` this cannot be talked to; null if it can. */
function mismatch(
  said: Greeting,
  self: Identity,
  expected: ReadonlySet<NodeId>,
): HandshakeFault | null {
  if (said.cluster !== self.cluster) {
    return {
      code: 'peer-wrong-cluster',
      message:
        `${said.node} belongs to the cluster "${said.cluster}", ${self.node} to ` +
        `"${self.cluster}": correct --cluster or --peer on one of them`,
    };
  }
  const unknown = unknownNode(said, self, expected);
  if (unknown !== null) return { code: 'peer-unknown-node', message: unknown };

  const differing = namesThatDiffer(said.machines, self.machines);
  if (differing.length > 0) {
    return {
      code: 'peer-machines-differ',
      message:
        `${said.node} and ${self.node} run different definitions of ${listed(differing)}: ` +
        'start all nodes with the same --machines',
      ...whatTheyAre(differing, self),
    };
  }
  return null;
}

function whatTheyAre(
  names: readonly string[],
  self: Identity,
): Pick<HandshakeFault, 'definitions'> {
  const { machines, partsOf } = self;
  if (partsOf === undefined) return {};
  const charsMax = limits.definitionPartsCharsMax / machinesNamedMax;
  const ours = names.filter((machine) => Object.hasOwn(machines, machine));
  const apart = ours.slice(0, machinesNamedMax).flatMap((machine) => {
    const finest = [3, 2, 1]
      .map((depth) => ({ depth, prints: partsOf(machine, depth) }))
      .find(({ prints }) => JSON.stringify(prints).length <= charsMax);
    return finest === undefined ? [] : [[machine, finest] as const];
  });
  return apart.length === 0 ? {} : { definitions: Object.fromEntries(apart) };
}

/** In words, for the end of a message; nothing where it cannot be told. */
function whereTheyDiffer(theirs: TakenApart, { machines, partsOf }: Identity): string {
  if (partsOf === undefined) return '';
  const said = Object.entries(theirs)
    .filter(([machine]) => Object.hasOwn(machines, machine))
    .map(([machine, { depth, prints }]) => {
      const differing = differingParts(partsOf(machine, depth), prints);
      // What is nowhere in particular is the order of something.
      const where = differing.length === 0 ? 'its order' : listed(differing, partsNamedMax, '; ');
      return `${machine} differs in ${where}`;
    });
  return said.length === 0 ? '' : ` (${said.join('. ')})`;
}

function unknownNode(said: Greeting, self: Identity, expected: ReadonlySet<NodeId>): string | null {
  if (said.node === self.node) {
    return `both nodes are called ${self.node}: give each its own --id, and no --peer for itself`;
  }
  if (said.to !== self.node) {
    return `${said.node} looks for ${said.to}, and this is ${self.node}: correct its --peer addresses`;
  }
  if (!expected.has(nodeId(said.node))) {
    return `${said.node} is not ${[...expected].join(' or ')}: correct --id or --peer on one of the nodes`;
  }
  return null;
}

function namesThatDiffer(
  theirs: Readonly<Record<string, string>>,
  ours: Readonly<Record<string, string>>,
): string[] {
  const prints = new Map(Object.entries(ours));
  const differing = Object.entries(theirs)
    .filter(([machine, print]) => prints.get(machine) !== print)
    .map(([machine]) => machine);
  // A machine that only one of them has is one that they would step differently.
  const missing = [...prints.keys()].filter((machine) => !Object.hasOwn(theirs, machine));
  return [...differing, ...missing].toSorted();
}

/** A few of them by name; a sentence has an end. */
function listed(names: readonly string[], max = machinesNamedMax, between = ', '): string {
  const named = names
    .slice(0, max)
    .map((each) => each.slice(0, nameCharsMax))
    .join(between);
  return names.length > max ? `${named} and ${names.length - max} more` : named;
}
