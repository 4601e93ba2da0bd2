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
}>;

const refusalCodes = [
  'peer-wrong-protocol',
  'peer-wrong-cluster',
  'peer-unknown-node',
  'peer-machines-differ',
  'peer-garbage',
] as const satisfies readonly FaultCode[];

/** Why two nodes do not talk; the message says what to do about it. */
export type HandshakeFault = Readonly<{ code: (typeof refusalCodes)[number]; message: string }>;

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

const greetingType = Type.Union([Type.Literal('hello'), Type.Literal('welcome')]);
const greetingSchema = Type.Object({
  type: greetingType,
  protocol: Type.Literal(peerProtocol),
  cluster: name(limits.clusterNameCharsMax),
  node,
  to: node,
  machines: Type.Record(
    Type.String({ pattern: `^.{1,${limits.machineNameCharsMax}}$` }),
    name(limits.fingerprintCharsMax),
    { additionalProperties: false },
  ),
  version: name(64),
});

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
  }),
);

/** From the dialer `hello`, in answer to it `welcome`; both say the same things. */
export const greeting = (type: GreetingType, self: Identity, to: NodeId): string =>
  JSON.stringify({ type, protocol: peerProtocol, ...self, to });

export const refusal = ({ code, message }: HandshakeFault): string =>
  JSON.stringify({ type: 'refused', code, message });

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
    return { type: 'refused', fault: { code: answer.code, message: answer.message } };
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
    };
  }
  return null;
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
function listed(names: readonly string[]): string {
  const named = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${named} and ${names.length - 8} more` : named;
}
