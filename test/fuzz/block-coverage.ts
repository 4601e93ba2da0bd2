/**
 * Which code has run, as V8 counts it, by block: what a fuzzer is guided by. Nothing is
 * instrumented, so what is fuzzed is what is shipped. Asking costs about a millisecond.
 *
 * V8 counts blocks in functions that it compiles after it was told to, and it compiles a function
 * when that is first called. So this file has to be imported before what is to be covered.
 */
import { Session } from 'node:inspector';

type Range = Readonly<{ startOffset: number; endOffset: number; count: number }>;
type FunctionCoverage = Readonly<{ ranges: readonly Range[] }>;
type ScriptCoverage = Readonly<{
  scriptId: string;
  url: string;
  functions: readonly FunctionCoverage[];
}>;

/** What ran since the last look. */
export type Sample = Readonly<{
  /** For each function, by place: a byte for each of its characters, 1 where it ran. */
  ran: ReadonlyMap<string, Uint8Array>;
  /** How often blocks were entered: a measure of work that no other process disturbs. */
  steps: number;
}>;

/** Our own code, the decoders of others that it trusts, and schemas compiled to code (no URL). */
const counts = (url: string): boolean =>
  url === '' ||
  (url.includes('/node_modules/')
    ? url.includes('/node_modules/msgpackr/')
    : /\/(runtime|machines)\//.test(url));

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

function takeScripts(): readonly ScriptCoverage[] {
  let scripts: readonly ScriptCoverage[] = [];
  // The answer comes within the call.
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error) throw error;
    scripts = result;
  });
  return scripts;
}

/** What ran since the last call. */
export function takeSample(): Sample {
  const ran = new Map<string, Uint8Array>();
  let steps = 0;
  for (const { scriptId, url, functions } of takeScripts()) {
    if (!counts(url)) continue;
    for (const { ranges } of functions) {
      const [whole] = ranges;
      if (whole === undefined) continue;
      const { startOffset: start, endOffset: end } = whole;
      const map = new Uint8Array(end - start);
      // The outer range comes before those within it.
      for (const { startOffset, endOffset, count } of ranges) {
        map.fill(count > 0 ? 1 : 0, startOffset - start, endOffset - start);
        steps += count;
      }
      ran.set(`${scriptId}:${start}-${end}`, map);
    }
  }
  return { ran, steps };
}

/** All that is known to have run. */
export class Reached {
  readonly #known = new Map<string, Uint8Array>();

  /** Whether something ran that is not known yet. */
  isNews({ ran }: Sample): boolean {
    for (const [place, map] of ran) {
      const known = this.#known.get(place);
      if (map.some((byte, at) => byte === 1 && known?.[at] !== 1)) return true;
    }
    return false;
  }

  learn({ ran }: Sample): void {
    for (const [place, map] of ran) {
      const known = this.#known.get(place);
      if (!known) this.#known.set(place, map);
      else map.forEach((byte, at) => (known[at] ||= byte));
    }
  }

  /** How much of the functions that ran at all has run, in percent. */
  get percent(): number {
    let all = 0;
    let ran = 0;
    for (const map of this.#known.values()) {
      all += map.length;
      ran += map.reduce((sum, byte) => sum + byte, 0);
    }
    return all === 0 ? 0 : (100 * ran) / all;
  }

  get functions(): number {
    return this.#known.size;
  }
}
