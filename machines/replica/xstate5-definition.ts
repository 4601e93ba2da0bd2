/**
 * A machine's definition as plain data, complete enough that two machines which could ever act
 * differently read differently: the chart as configured, and the source text of its functions.
 * What a function closes over stays out of sight.
 */
import type { AnyStateMachine } from 'xstate';

export function describeMachine(machine: AnyStateMachine): unknown {
  const { guards, actions } = machine.implementations;
  // What is there for the type checker alone may be anything at all.
  const { types: _types, schemas: _schemas, ...chart } = machine.config as Record<string, unknown>;
  return {
    // In the order it was written: parallel regions act in that order.
    chart: plain(chart, new Set()),
    guards: plain(sorted(guards), new Set()),
    actions: plain(sorted(actions), new Set()),
  };
}

/** How XState carries its own actions and guards out: the same code whatever the machine. */
const workings = new Set(['resolve', 'retryResolve', 'execute', 'check']);

const sorted = (record: object): object =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function plain(value: unknown, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : marked('number', String(value));
    case 'bigint':
    case 'symbol':
    case 'undefined':
      return marked(typeof value, String(value));
    default:
      return value === null ? null : inner(value as object, above);
  }
}

/** Anything that JSON cannot say is said by its kind. */
const marked = (kind: string, said: unknown): unknown => ({ [`(${kind})`]: said });

function inner(value: object, above: Set<object>): unknown {
  if (above.has(value)) return marked('cycle', null);
  above.add(value);
  const said = spelled(value, above);
  above.delete(value);
  return said;
}

function spelled(value: object, above: Set<object>): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, above));
  if (value instanceof Map || value instanceof Set) {
    return marked(
      value.constructor.name,
      [...value].map((item) => plain(item, above)),
    );
  }
  if (value instanceof Date) return marked('Date', value.getTime());
  if (value instanceof RegExp) return marked('RegExp', String(value));
  if (typeof value === 'function') {
    const fields = fieldsOf(value, above);
    // An action or guard made by XState is told by its fields; its text is the same for all.
    return 'resolve' in value || 'check' in value
      ? marked('built-in', { name: value.name, ...fields })
      : marked('function', String(value));
  }
  return fieldsOf(value, above);
}

const fieldsOf = (value: object, above: Set<object>): object =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => !(workings.has(name) && typeof field === 'function'))
      .map(([name, field]) => [name, plain(field, above)]),
  );
