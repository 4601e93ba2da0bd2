/** What processes have cost so far, where the system tells. */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second towards programs, whatever it does within. */
const tickUs = 10_000;

/** User and system time of all of them together; null where one cannot be asked. */
export function cpuMicros(pids: readonly (number | undefined)[]): number | null {
  let ticks = 0;
  for (const pid of pids) {
    const spent = pid === undefined ? null : ticksOf(pid);
    if (spent === null) return null;
    ticks += spent;
  }
  return ticks * tickUs;
}

function ticksOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in brackets, may itself hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return null;
  }
}
