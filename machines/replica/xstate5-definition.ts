/**
 * A machine's definition as plain data, complete enough that two machines whose instances could
 * ever stand differently read differently: the chart as configured, the source text of its
 * functions, and its children that are machines or reducers. What a function closes over stays
 * out of sight. So does what effects do: the log has what came of them, so their code may change.
 */
import type { AnyActorLogic, AnyStateMachine } from 'xstate';
import { saidBy } from './sending.ts';
import { isMachine, isStepped } from './xstate5-effects.ts';

export function describeMachine(machine: AnyStateMachine): unknown {
  const { guards, actions, actors, delays } = machine.implementations;
  // What is there for the type checker alone may be anything at all.
  const { types: _types, schemas: _schemas, ...chart } = machine.config as Record<string, unknown>;
  return {
    // In the order it was written: parallel regions act in that order.
    chart: plain(chart, new Set()),
    guards: plain(sorted(guards), new Set()),
    actions: actionsOf(sorted(actions)),
    ...some('actors', plain(sorted(actors), new Set())),
    ...some('delays', plain(sorted(delays), new Set())),
  };
}

/** Left out where there are none, as it was before there could be any. */
const some = (name: string, described: unknown): object =>
  Object.keys(described as object).length === 0 ? {} : { [name]: described };

const actionsOf = (actions: object): object =>
  Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [name, actionPart(action, new Set())]),
  );

/** Where actions stand in a chart. */
const actionParts = new Set(['entry', 'exit', 'actions']);

function actionPart(action: unknown, above: Set<object>): unknown {
  if (Array.isArray(action)) return action.map((each) => actionPart(each, above));
  if (typeof action !== 'function' || 'resolve' in action) return plain(action, above);
  const sent = saidBy(action);
  return sent === undefined
    ? marked('custom action', action.name)
    : marked('sends to an instance', plain(sent, above));
}

const isLogic = (value: object): value is AnyActorLogic =>
  ['transition', 'getInitialSnapshot', 'getPersistedSnapshot'].every(
    (method) => typeof Reflect.get(value, method) === 'function',
  );

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
  if (isLogic(value)) return logic(value, above);
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
      .map(([name, field]) => [
        name,
        actionParts.has(name) ? actionPart(field, above) : plain(field, above),
      ]),
  );

function logic(value: AnyActorLogic, above: Set<object>): unknown {
  if (isMachine(value)) return marked('machine', describeMachine(value));
  return isStepped(value) ? marked('reducer', fieldsOf(value, above)) : marked('effect', null);
}
