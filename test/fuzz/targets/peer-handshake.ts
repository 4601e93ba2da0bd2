/** The first words between nodes: readHello and readAnswer. */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import * as fc from 'fast-check';
import { nodeId, type NodeId } from '../../../machines/protocol/ids.ts';
import {
  greeting,
  readAnswer,
  readHello,
  refusal,
  type HandshakeFault,
  type Identity,
} from '../../../runtime/transport/handshake.ts';
import { anyJson, message, oneOfTexts, type Text } from '../grammar/json.ts';
import { inUtf8, pure, type Target } from '../target.ts';

const print = 'a1b2c3';
const self: Identity = {
  cluster: 'test',
  node: nodeId('n1'),
  machines: { order: print, payment: print },
  version: '0.1.0',
  partsOf: (machine, depth) => ({ [machine]: print, 'state "open"': String(depth) }),
};
const other = nodeId('n2');
const peers: ReadonlySet<NodeId> = new Set([other, nodeId('n3')]);

/** What belongs together, by the letter of the protocol. */
function belongsWithUs(frame: Uint8Array, type: string, from: readonly string[]): boolean {
  const said = JSON.parse(Buffer.from(frame).toString()) as Record<string, unknown>;
  const machines = (said['machines'] ?? {}) as Record<string, string>;
  return (
    isUtf8(frame) &&
    said['type'] === type &&
    said['protocol'] === 1 &&
    said['cluster'] === self.cluster &&
    from.includes(said['node'] as string) &&
    said['to'] === self.node &&
    Object.getOwnPropertyNames(machines).toSorted().join() === 'order,payment' &&
    Object.values(machines).every((value) => value === print)
  );
}

const { partsOf: _partsOf, ...blunt } = self;

/** Whoever is refused hears why, in the words that were meant; and where, if it can be told. */
function assertTold(fault: HandshakeFault): void {
  const { code, message: why } = fault;
  assert.match(code, /^peer-/);
  const refused = inUtf8(refusal(fault));
  const heard = { type: 'refused', fault: { code, message: why } };
  assert.deepEqual(readAnswer(refused, blunt, other), heard);
  const told = readAnswer(refused, self, other);
  assert.ok(told.type === 'refused' && told.fault.message.startsWith(why));
}

function check(frame: Uint8Array): void {
  const hello = readHello(frame, self, peers);
  if (hello.ok) {
    assert.ok(peers.has(hello.from));
    assert.ok(belongsWithUs(frame, 'hello', [hello.from]));
  } else {
    assertTold(hello.fault);
  }
  const answer = readAnswer(frame, self, other);
  if (answer.type === 'welcomed') assert.ok(belongsWithUs(frame, 'welcome', [other]));
  else assertTold(answer.fault);
}

const name = oneOfTexts('test', 'test', 'other', '', 'x'.repeat(64), 'x'.repeat(65), '\n', 'é');
const node = oneOfTexts('n1', 'n2', 'n2', 'n3', 'n9', '__proto__', 'n'.repeat(64), 'a b');
const prints: Text = fc.constantFrom(
  ...[
    self.machines,
    self.machines,
    {},
    { order: print },
    { ...self.machines, more: print },
    { order: print, payment: 'f'.repeat(128) },
    { order: 'f'.repeat(129) },
    { constructor: print, toString: print },
    Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n}`.padEnd(64, 'm'), print])),
    { '': print },
    { '\u2028': print },
  ].map((machines) => JSON.stringify(machines)),
  '{"__proto__":"a1b2c3","order":"a1b2c3","payment":"a1b2c3"}',
  '{"order":"x","order":"a1b2c3","payment":"a1b2c3"}',
);

const greetingText = message({
  type: oneOfTexts('hello', 'hello', 'welcome', 'refused', 'goodbye'),
  protocol: fc.constantFrom('1', '1', '1', '1.0', '2', '-1', '1e300', '1.5', '"1"'),
  cluster: name,
  node,
  to: node,
  machines: prints,
  version: name,
});
const refusalText = message({
  type: oneOfTexts('refused'),
  code: oneOfTexts('peer-garbage', 'peer-unknown-node', 'internal', 'peer-unreachable'),
  message: oneOfTexts('no', '', 'x'.repeat(1_024), 'x'.repeat(1_025)),
  definitions: fc.oneof(
    anyJson,
    fc.constantFrom(
      '{}',
      '{"order":{"depth":3,"prints":{}}}',
      '{"order":{"depth":1,"prints":{"order":"other","__proto__":"x"}}}',
      '{"order":{"depth":4,"prints":{}}}',
      '{"constructor":{"depth":2,"prints":{"toString":"x"}}}',
      '{"order":{"depth":2,"prints":{"a":1}}}',
    ),
  ),
});
const right = fc
  .constantFrom('hello' as const, 'welcome' as const)
  .map((type) => greeting(type, { ...self, node: other }, self.node));

/** All of it right but for one field. */
const nearlyRight = fc
  .tuple(
    right,
    fc.constantFrom('protocol', 'cluster', 'node', 'to', 'version', 'machines'),
    anyJson,
    prints,
  )
  .map(([text, field, value, machines]) => {
    const said = JSON.parse(text) as Record<string, unknown>;
    const others = Object.entries(said).filter(([each]) => each !== field);
    const pairs = others.map(([each, held]) => `${JSON.stringify(each)}:${JSON.stringify(held)}`);
    return `{${[...pairs, `"${field}":${field === 'machines' ? machines : value}`].join(',')}}`;
  });

export const peerHandshake: Target = {
  name: 'peer-handshake',
  claim:
    'A greeting is taken from a peer that belongs here and means us, or refused in words that reach it',
  grammar: fc
    .oneof(right, nearlyRight, nearlyRight, greetingText, refusalText, anyJson)
    .map(inUtf8),
  words: ['"type":"hello"', '"protocol":1', '"machines":{}', '"__proto__":', '\\ud800', '1e999']
    .map(inUtf8)
    .concat([Uint8Array.of(0xff), Uint8Array.of(0xef, 0xbb, 0xbf)]),
  runsInTests: 1_200,
  open: pure(check),
};
