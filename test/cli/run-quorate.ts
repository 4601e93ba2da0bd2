import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/** Built by the test command. */
export const dist = join(import.meta.dirname, '../../dist/runtime');
export const bin = join(dist, 'cli/quorate.js');

export type Ended = Readonly<{ status: number | null; stdout: string; stderr: string }>;

/** Runs a program of Node until it ends by itself. */
export function runNode(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

export const quorate = (...args: readonly string[]): Promise<Ended> => runNode([bin, ...args]);

const toRemove: string[] = [];
afterEach(() => {
  for (const folder of toRemove.splice(0)) rmSync(folder, { recursive: true });
});

/** Outside any project: nothing is installed there, nor in any folder above it. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-test-'));
  toRemove.push(folder);
  return folder;
}
