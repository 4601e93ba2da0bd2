/** Reads the log of a Jepsen test of one register. Throws at the first line that is not of it. */
import { isDeepStrictEqual } from 'node:util';
import type { History, HistoryEvent } from '../history.ts';
import type { RegisterInput, RegisterOutput } from '../models/register.ts';
import { mapLines } from './lines.ts';

type Event = HistoryEvent<RegisterInput, RegisterOutput>;

const lineForm =
  /^INFO {2}jepsen\.util - (\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.+)$/;
const timedOut = ':timed-out';

export function parseJepsenLog(text: string): History<RegisterInput, RegisterOutput> {
  const asked = new Map<string, RegisterInput>();

  return mapLines(text, (line): Event | null => {
    const [, client = '', type, op = '', value = ''] = lineForm.exec(line) ?? [];
    if (type === 'invoke') {
      const input = inputOf(op, value);
      if (input === null) return null;
      asked.set(client, input);
      return { type: 'call', client, input };
    }
    const input = asked.get(client);
    if (input?.op !== op) return null;
    asked.delete(client);
    if (value === timedOut) {
      if (type === 'ok') return null;
      return { type: type === 'info' ? 'unknown' : 'refused', client };
    }
    const output = outputOf(input, type, value);
    return output === undefined ? null : { type: 'return', client, output };
  });
}

const numberForm = /^\d+$/;
const pairForm = /^\[(\d+) (\d+)\]$/;

function inputOf(op: string, value: string): RegisterInput | null {
  if (op === 'read') return value === 'nil' ? { op } : null;
  if (op === 'write') return numberForm.test(value) ? { op, value: Number(value) } : null;
  const [, from, to] = pairForm.exec(value) ?? [];
  return from === undefined ? null : { op: 'cas', from: Number(from), to: Number(to) };
}

/** Undefined where this is no answer to what was asked. */
function outputOf(
  input: RegisterInput,
  type: string | undefined,
  value: string,
): RegisterOutput | undefined {
  if (type === 'ok' && input.op === 'read') {
    if (value === 'nil') return null;
    return numberForm.test(value) ? Number(value) : undefined;
  }
  if (!isDeepStrictEqual(input, inputOf(input.op, value))) return undefined;
  if (type === 'ok') return input.op === 'cas' ? true : null;
  // A cas that fails has been answered: the value was another one.
  return type === 'fail' && input.op === 'cas' ? false : undefined;
}
