/**
 * Whether what came is an answer to what was asked: one of its kinds, each field that is used
 * here of its type. Written by hand, since a schema and its compiler would be most of what a
 * browser has to load. Fields and codes that are not known pass, so that an older client can speak
 * to a newer node.
 */
import type { Question } from './messages.ts';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEvent: Check = (value) => isObject(value) && isString(value['type']);
const isEvents: Check = (value) => Array.isArray(value) && value.every(isEvent);

const statuses: readonly unknown[] = ['active', 'done', 'error', 'stopped'];
const isView: Check = (value) =>
  isObject(value) &&
  statuses.includes(value['status']) &&
  (isString(value['value']) || isObject(value['value']));

const absentOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

type Shape = Readonly<Record<string, Check>>;
const has =
  (shape: Shape) =>
  (answer: Fields): boolean =>
    Object.entries(shape).every(([field, check]) => check(answer[field]));

const committed = has({
  proposalId: isString,
  index: isCount,
  term: isCount,
  accepted: isBoolean,
  snapshot: absentOr(nullOr(isView)),
  emitted: absentOr(isEvents),
});
const refused = has({ code: isString, message: isString });
const unknown = has({ message: isString });
const stateFields = has({
  index: isCount,
  exists: isBoolean,
  snapshot: nullOr(isView),
  event: absentOr(isEvent),
  accepted: absentOr(isBoolean),
  emitted: absentOr(isEvents),
  resync: absentOr(isBoolean),
});
const state = (answer: Fields): boolean =>
  stateFields(answer) && answer['exists'] === (answer['snapshot'] !== null);
const isMember: Check = (value) =>
  isObject(value) && isString(value['id']) && isString(value['address']);
const status = has({
  node: isString,
  role: isString,
  leader: nullOr(isString),
  members: (value) => Array.isArray(value) && value.every(isMember),
});

type Kinds = Readonly<Partial<Record<string, (answer: Fields) => boolean>>>;

const answers: Readonly<Record<Question['type'] | 'subscribe', Kinds>> = {
  propose: { committed, refused, unknown },
  read: { state, refused },
  status: { status, refused },
  subscribe: { state, refused, unsubscribed: () => true },
};

export function isAnswerTo(question: keyof typeof answers, answer: Fields): boolean {
  const { type } = answer;
  const kinds = answers[question];
  return typeof type === 'string' && Object.hasOwn(kinds, type) && kinds[type]?.(answer) === true;
}
