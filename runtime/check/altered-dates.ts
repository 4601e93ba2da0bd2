/** `Date` and what else tells local time. What depends on its arguments alone is left alone. */
import type { Alteration } from './altered-world.ts';

export function alterDates({ look, replace }: Alteration): void {
  const RealDate = Date;
  replace(
    globalThis,
    'Date',
    new Proxy(RealDate, {
      construct(target, args: unknown[], newTarget) {
        const made: unknown = newTarget === globalThis.Date ? target : newTarget;
        const watched = args.length === 0 ? look('clock', 'new Date') : null;
        if (isLocal(args)) look('zone', 'new Date');
        const shown = watched === null ? args : [watched.clock.wallMs()];
        return Reflect.construct(target, shown, made as typeof RealDate) as Date;
      },
      apply(target, self, args) {
        const watched = look('clock', 'Date');
        if (watched === null) return Reflect.apply(target, self, args);
        look('zone', 'Date');
        return String(new RealDate(watched.clock.wallMs()));
      },
    }),
  );

  const parse = RealDate.parse.bind(RealDate);
  replace(RealDate, 'parse', (text: string) => {
    if (isLocal([text])) look('zone', 'Date.parse');
    return parse(text);
  });
  for (const name of localMethods) lookFirst(RealDate.prototype, name, `Date.${name}`);

  const { DateTimeFormat } = Intl;
  const ask = (args: readonly unknown[]): void => {
    const { timeZone } = (args[1] ?? {}) as { timeZone?: unknown };
    if (timeZone === undefined) look('zone', 'Intl.DateTimeFormat');
  };
  replace(
    Intl,
    'DateTimeFormat',
    new Proxy(DateTimeFormat, {
      construct(target, args: unknown[]) {
        ask(args);
        return Reflect.construct(target, args) as object;
      },
      apply(target, self, args) {
        ask(args);
        return Reflect.apply(target, self, args);
      },
    }),
  );

  function lookFirst(owner: object, name: string, call: string): void {
    const real: unknown = Reflect.get(owner, name);
    if (typeof real !== 'function') return;
    replace(owner, name, function (this: unknown, ...args: unknown[]) {
      const { timeZone } = (args[1] ?? {}) as { timeZone?: unknown };
      if (timeZone === undefined) look('zone', call);
      return Reflect.apply(real, this, args) as unknown;
    });
  }
}

const fields = ['Date', 'FullYear', 'Hours', 'Minutes', 'Month', 'Seconds', 'Milliseconds'];
const localMethods = [
  ...fields.flatMap((field) => [`get${field}`, `set${field}`]),
  'getDay',
  'getYear',
  'setYear',
  'getTimezoneOffset',
  'toString',
  'toDateString',
  'toTimeString',
  'toLocaleString',
  'toLocaleDateString',
  'toLocaleTimeString',
];

/** Year, month and day, or a text that names no zone: these mean another moment in each. */
function isLocal(args: readonly unknown[]): boolean {
  const [first] = args;
  if (args.length > 1) return true;
  return (
    typeof first === 'string' && !/(Z|GMT|UTC|[+-]\d\d:?\d\d)$|^\d{4}(-\d\d){0,2}$/.test(first)
  );
}
