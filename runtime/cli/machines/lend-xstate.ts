/**
 * Machines are often tried out in a file that belongs to no project, where `xstate` is not
 * installed. Then, and only then, it is found where Quorate itself has it; and so is Quorate.
 */
import Module, { createRequire, register } from 'node:module';

const ours = /^(xstate|quorate)(\/|$)/;

/** Runs in the loader's own thread, from sources and from dist alike: hence the text. */
const resolveHook = `
  let home;
  export const initialize = (url) => { home = url; };
  export async function resolve(specifier, context, next) {
    try {
      return await next(specifier, context);
    } catch (error) {
      if (!${ours}.test(specifier)) throw error;
      try {
        return await next(specifier, { ...context, parentURL: home });
      } catch {
        throw error;
      }
    }
  }
`;

type ResolveFilename = (this: unknown, request: string, ...rest: readonly unknown[]) => string;

/** `require` asks here; Node offers no documented way to be asked as well. */
const resolving = '_resolveFilename';
const commonJs = Module as unknown as { [resolving]: ResolveFilename };

let registered = false;

/** Returns the way to end it for `require`. For `import`, Node offers none. */
export function lendXState(): () => void {
  if (!registered) {
    registered = true;
    register(`data:text/javascript,${encodeURIComponent(resolveHook)}`, { data: import.meta.url });
  }

  const require = createRequire(import.meta.url);
  const usual = commonJs[resolving];
  const lending: ResolveFilename = function (request, ...rest) {
    try {
      return usual.call(this, request, ...rest);
    } catch (error) {
      if (!ours.test(request)) throw error;
      return require.resolve(request);
    }
  };
  commonJs[resolving] = lending;
  return () => {
    // Whoever wrapped it after us keeps what is theirs.
    if (commonJs[resolving] === lending) commonJs[resolving] = usual;
  };
}
