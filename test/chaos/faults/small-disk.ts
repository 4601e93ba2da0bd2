/**
 * A small file system for one node, and the means to fill it. It lives in a mount namespace
 * that a process of ours holds open: a node that is killed finds its files again, and when the
 * holder goes, which it does when we do, nothing is left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, statfs } from 'node:fs/promises';
import { runToEnd } from './run-to-end.ts';

const roomyBytes = 1024 * 1024 * 1024;
/** No new segment of a log fits in here. */
const crampedBytes = 1024 * 1024;

export class SmallDisk implements AsyncDisposable {
  readonly #folder: string;
  readonly #holder: ChildProcess;

  private constructor(folder: string, holder: ChildProcess) {
    this.#folder = folder;
    this.#holder = holder;
  }

  /** Rejects, saying why, where this machine does not allow it. */
  static async mount(folder: string): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    const command = `mount -t tmpfs -o size=${roomyBytes} none "$0" && echo mounted && exec cat`;
    const holder = spawn(
      'unshare',
      ['--map-root-user', '--mount', 'sh', '-c', command, folder],
      // Of a group of its own: Ctrl-C must not take the disk away before the nodes.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    );
    const complaint: string[] = [];
    holder.stderr.setEncoding('utf8').on('data', (text: string) => complaint.push(text));
    const refused = new Promise<never>((_, reject) => {
      holder.once('error', reject);
      holder.once('close', () => reject(new Error(complaint.join('').trim() || 'unshare failed')));
    });
    refused.catch(() => {});
    await Promise.race([once(holder.stdout, 'data'), refused]);
    return new SmallDisk(folder, holder);
  }

  /** The command that runs a program where this disk is. */
  get entrance(): readonly string[] {
    return [
      'nsenter',
      '--preserve-credentials',
      '--user',
      '--mount',
      `--target=${this.#holder.pid}`,
    ];
  }

  /** From here on it has next to no room. */
  async fill(): Promise<void> {
    const { blocks, bfree, bsize } = await statfs(`/proc/${this.#holder.pid}/root${this.#folder}`);
    await this.#resize((blocks - bfree) * bsize + crampedBytes);
  }

  clear(): Promise<void> {
    return this.#resize(roomyBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#holder.exitCode !== null) return;
    const ended = once(this.#holder, 'exit');
    this.#holder.stdin?.end();
    await ended;
  }

  #resize(bytes: number): Promise<void> {
    const [program = '', ...enter] = this.entrance;
    const remount = ['mount', '-o', `remount,size=${bytes}`, this.#folder];
    return runToEnd(program, [...enter, ...remount]);
  }
}
