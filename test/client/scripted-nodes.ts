/**
 * Nodes as far as a client sees them, each a script, on sockets that are nothing but calls: what
 * is said arrives in order, in a later turn.
 */
import type { ClientSocket, Dial } from '../../runtime/client/client-socket.ts';

export type Heard = Readonly<Record<string, unknown> & { id: string; type: string }>;

/** One connection, as the node has it. */
export type Caller = Readonly<{
  /** Answers the message, or says anything else. */
  say(answer: object): void;
  sayText(text: string): void;
  hangUp(): void;
}>;
export type Script = (message: Heard, caller: Caller) => object | readonly object[] | null;

export type ScriptedNode = Readonly<{
  url: string;
  /** All that it was sent, in order. */
  heard: readonly Heard[];
  /** Those that it has taken so far, the last last. */
  callers: readonly Caller[];
  /** Takes nobody, and has hung up on all, until it is `up` again. */
  down(): void;
  up(): void;
  open(): number;
  pings(): number;
  /** From now on nothing that it is sent arrives, and nobody is told so. */
  deafen(): void;
}>;

export function scriptedNodes(...scripts: readonly Script[]) {
  const nodes = scripts.map(scriptedNode);
  const dial: Dial = (url) => {
    const node = nodes.find((each) => each.url === url);
    if (node === undefined) throw new Error(`nobody was written for ${url}`);
    return node.take();
  };
  return { dial, nodes: nodes as readonly ScriptedNode[], urls: nodes.map(({ url }) => url) };
}

function scriptedNode(script: Script, place: number) {
  const url = `ws://n${place + 1}/v1/client`;
  const heard: Heard[] = [];
  const callers: Caller[] = [];
  const open = new Set<Caller>();
  let isUp = true;
  let isDeaf = false;
  let pings = 0;

  const take = (): ClientSocket => {
    const listeners = new Map<string, ((heard?: unknown) => void)[]>();
    let isOver = false;
    const later = (event: string, said?: unknown): void => {
      queueMicrotask(() => {
        if (isOver) return;
        if (event === 'close') end();
        listeners.get(event)?.forEach((listener) => listener(said));
      });
    };
    const end = (): void => {
      isOver = true;
      open.delete(caller);
    };
    const caller: Caller = {
      say: (answer) => later('message', JSON.stringify(answer)),
      sayText: (text) => later('message', text),
      hangUp: () => later('close'),
    };
    if (isUp) {
      callers.push(caller);
      open.add(caller);
      later('open');
    } else {
      later('error', new Error('connection refused'));
    }
    return {
      on(event: string, listener: (said: never) => void) {
        const known = listeners.get(event) ?? [];
        listeners.set(event, [...known, listener as (said?: unknown) => void]);
      },
      send(text) {
        if (isOver || isDeaf) return;
        const message = JSON.parse(text) as Heard;
        heard.push(message);
        const answer = script(message, caller);
        if (answer === null) return;
        for (const each of [answer].flat()) caller.say({ id: message.id, ...each });
      },
      ping() {
        pings += 1;
        if (!isDeaf) later('pong');
      },
      terminate: end,
    };
  };
  return {
    url,
    heard,
    callers,
    take,
    open: () => open.size,
    pings: () => pings,
    deafen() {
      isDeaf = true;
    },
    down() {
      isUp = false;
      for (const caller of open) caller.hangUp();
    },
    up() {
      isUp = true;
    },
  };
}
