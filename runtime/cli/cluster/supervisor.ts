/**
 * Keeps one node process running. A node that dies is reported and started again, a little
 * later each time. A fault that a restart cannot cure is final.
 */
import { QuorateError, type ErrorCode } from '../../../machines/protocol/errors.ts';
import type { Alarm, Clock } from '../../clock.ts';
import { pause } from '../../client/rotation.ts';
import { describeEnd, type NodeProcess, type ProcessEnd } from './node-process.ts';

/** What another try would meet again. Of these, the last three may pass with time. */
const incurable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'usage',
  'address-unavailable',
  'storage-unwritable',
  'storage-failed',
  'storage-corrupt',
  'storage-newer',
  'storage-wrong-cluster',
  'storage-wrong-node',
  'machines-unreadable',
  'machine-unsupported',
  'machines-changed',
  'port-in-use',
  'storage-in-use',
  'storage-full',
]);
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'port-in-use',
  'storage-in-use',
  'storage-full',
]);

const restartMsMin = 250;
const restartMsMax = 8_000;
/** Who lived that long has not failed at starting. */
const provenMs = 10_000;
/** How often a node that was started again is asked whether it is back. */
const backCheckMs = 200;
/** Longer than a node needs to hand over and finish. */
const killAfterMs = 6_000;

export type SupervisorOptions = Readonly<{
  id: string;
  clock: Clock;
  run: () => NodeProcess;
  report: (line: string) => void;
  /** Whether the node answers its clients by now. */
  answers: () => Promise<boolean>;
  /** A fault of the start is the user's to cure; later on, the others can do without this node. */
  isStarting: () => boolean;
  failed: (error: QuorateError) => void;
}>;

export class Supervisor {
  readonly #options: SupervisorOptions;
  #process: NodeProcess;
  #startedMs: number;
  #restartMs = restartMsMin;
  /** Null while the process runs. */
  #restart: Alarm = null;
  #hasEnded = false;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#process = options.run();
    this.#startedMs = options.clock.nowMs();
    void this.#attend();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves once the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { clock } = this.#options;
    if (this.#restart !== null) clock.clearTimeout(this.#restart);
    const stopped = this.#process;
    stopped.kill('SIGTERM');
    const kill = clock.setTimeout(() => stopped.kill('SIGKILL'), killAfterMs);
    await stopped.ended;
    clock.clearTimeout(kill);
  }

  /** At once, without a word. */
  kill(): void {
    this.#stopping = true;
    this.#process.kill('SIGKILL');
  }

  async #attend(): Promise<void> {
    const end = await this.#process.ended;
    this.#hasEnded = true;
    if (!this.#stopping) this.#died(end);
  }

  #died(end: ProcessEnd): void {
    const { id, clock, report, isStarting, failed } = this.#options;
    if (end.fault !== null && incurable.has(end.fault.code)) {
      if (isStarting()) {
        failed(new QuorateError(end.fault.code, `${id}: ${end.fault.message}`));
        return;
      }
      if (!passing.has(end.fault.code)) {
        report(`${id} stopped (${describeEnd(end)}); it stays down until that is cured.`);
        return;
      }
    }
    if (clock.nowMs() - this.#startedMs > provenMs) this.#restartMs = restartMsMin;
    report(`${id} died (${describeEnd(end)}); starting it again in ${this.#restartMs} ms.`);
    this.#restart = clock.setTimeout(() => this.#again(), this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, restartMsMax);
  }

  #again(): void {
    this.#restart = null;
    this.#process = this.#options.run();
    this.#hasEnded = false;
    this.#startedMs = this.#options.clock.nowMs();
    void this.#attend();
    void this.#reportBack(this.#process);
  }

  async #reportBack(restarted: NodeProcess): Promise<void> {
    const { id, clock, report, answers } = this.#options;
    const isWanted = (): boolean =>
      this.#process === restarted && !this.#hasEnded && !this.#stopping;
    do {
      await pause(clock, backCheckMs);
      if (!isWanted()) return;
    } while (!(await answers()));
    if (isWanted()) report(`${id} is back.`);
  }
}
