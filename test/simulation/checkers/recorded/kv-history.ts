/** Reads a history of texts by key, one EDN map a line. Throws at the first line that is not of it. */
import type { History, HistoryEvent } from '../history.ts';
import type { KvInput, KvOutput } from '../models/kv.ts';
import { mapLines } from './lines.ts';

type Event = HistoryEvent<KvInput, KvOutput>;

const lineForm =
  /^\{:process (\d+), :type :(invoke|ok), :f :(get|put|append), :key "([^"\\]*)", :value (?:nil|"([^"\\]*)")\}$/;

export function parseKvHistory(text: string): History<KvInput, KvOutput> {
  const asked = new Map<string, KvInput>();

  return mapLines(text, (line): Event | null => {
    const [, client = '', type, op = '', key = '', value = null] = lineForm.exec(line) ?? [];
    if (type === 'invoke') {
      const input = inputOf(op, key, value);
      if (input === null) return null;
      asked.set(client, input);
      return { type: 'call', client, input };
    }
    const input = asked.get(client);
    if (input?.op !== op || input.key !== key || value === null) return null;
    asked.delete(client);
    if (input.op === 'get') return { type: 'return', client, output: value };
    return value === input.value ? { type: 'return', client, output: null } : null;
  });
}

function inputOf(op: string, key: string, value: string | null): KvInput | null {
  if (op === 'get') return value === null ? { op, key } : null;
  return value !== null && (op === 'put' || op === 'append') ? { op, key, value } : null;
}
