/**
 * What a peer's feed says, as far as this node has to rely on it: the envelope is checked, so that
 * nothing that stands there can make us stumble. What is within is for the viewer to draw.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { FromNode } from './protocol.ts';

const text = Type.String();
const actorMessage = { actor: text };
const envelopes = [
  Type.Object({
    type: Type.Literal('welcome'),
    version: Type.Number(),
    node: text,
    cluster: text,
  }),
  Type.Object({
    type: Type.Literal('cluster'),
    nodes: Type.Array(
      Type.Object({
        node: text,
        atMs: Type.Number(),
        unreachable: Type.Union([text, Type.Null()]),
        status: Type.Union([Type.Object({}), Type.Null()]),
      }),
    ),
  }),
  Type.Object({
    type: Type.Literal('chart'),
    key: text,
    chart: Type.Object({ id: text, root: Type.Object({}) }),
  }),
  Type.Object({
    type: Type.Literal('actors'),
    node: text,
    isAll: Type.Boolean(),
    added: Type.Array(
      Type.Object({
        actor: text,
        kind: text,
        parent: Type.Union([text, Type.Null()]),
        chart: Type.Union([text, Type.Null()]),
      }),
    ),
    removed: Type.Array(text),
  }),
  Type.Object({
    type: Type.Literal('actor'),
    ...actorMessage,
    chart: Type.Union([text, Type.Null()]),
  }),
  Type.Object({ type: Type.Literal('step'), ...actorMessage }),
  Type.Object({ type: Type.Literal('gone'), ...actorMessage, reason: text }),
  Type.Object({ type: Type.Literal('proposals'), node: text }),
  Type.Object({ type: Type.Literal('dropped'), count: Type.Number() }),
];
const own = new Set(
  envelopes.map((envelope) => (envelope.properties.type as { const: string }).const),
);
const ownMessage = Compile(Type.Union(envelopes));
const answer = Compile(Type.Object({ type: text, request: Type.Number() }));
const kindOnly = Compile(Type.Object({ type: text }));

/** Null where it is nothing that a node says. Kinds that we do not know are left out. */
export function messagesOf(frame: string): readonly FromNode[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(frame);
  } catch {
    return null;
  }
  const messages: FromNode[] = [];
  for (const message of Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]) {
    if (!kindOnly.Check(message)) return null;
    if (own.has(message.type)) {
      if (!ownMessage.Check(message)) return null;
      messages.push(message);
    } else if (answer.Check(message)) messages.push(message as unknown as FromNode);
  }
  return messages;
}
