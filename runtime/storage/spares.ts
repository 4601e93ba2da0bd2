/**
 * Segments to come. A file of zeros is made and flushed in the background while the current
 * segment still has room, so that an append hardly ever waits for one; a segment that is no
 * longer needed is taken in instead. What a spare holds does not matter, only that its blocks do
 * exist: records of an earlier life are told by their segment number.
 */
import { join } from 'node:path';
import { systemCodeOf, type Files, type OpenFile } from './files.ts';
import { spareName } from './segment.ts';

export type Spare = Readonly<{ path: string; size: number; file: OpenFile }>;

/** More would only fill the disk; fewer would have to be made anew soon. */
const recycledMax = 2;
const zeros = new Uint8Array(256 * 1024);

export class Spares {
  readonly #files: Files;
  readonly #folder: string;
  readonly #usualSize: number;
  /** Under way or ready. A failure is kept for whoever comes to take it. */
  #next: Promise<Spare | { failed: unknown }> | null = null;
  readonly #recycled: Spare[] = [];
  #made = 0;
  #isClosed = false;

  constructor(files: Files, folder: string, usualSize: number) {
    this.#files = files;
    this.#folder = folder;
    this.#usualSize = usualSize;
  }

  prepareAhead(): void {
    if (this.#recycled.length > 0) return;
    this.#next ??= this.#make(this.#usualSize).catch((failed: unknown) => ({ failed }));
  }

  async take(sizeNeeded: number): Promise<Spare> {
    if (sizeNeeded > this.#usualSize) return this.#make(sizeNeeded);
    const recycled = this.#recycled.pop();
    if (recycled) return recycled;
    const next = await this.#next;
    this.#next = null;
    if (!next) return this.#make(this.#usualSize);
    if (!('failed' in next)) return next;
    // Space may have come back since. Of any other failure we ask no second time.
    if (systemCodeOf(next.failed) !== 'ENOSPC') throw next.failed;
    return this.#make(this.#usualSize);
  }

  /** A segment that is no longer needed turns into a spare, or goes. The folder is not flushed. */
  async takeIn(path: string, size: number): Promise<void> {
    const isWanted = size === this.#usualSize && this.#recycled.length < recycledMax;
    if (!isWanted) return this.#files.remove(path);
    const sparePath = this.#nextPath();
    await this.#files.rename(path, sparePath);
    const file = await this.#files.open(sparePath);
    this.#recycled.push({ path: sparePath, size, file });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const next = await this.#next;
    const spares = [...this.#recycled, ...(next && !('failed' in next) ? [next] : [])];
    for (const { path, file } of spares) await this.#discard(path, file);
  }

  async #make(size: number): Promise<Spare> {
    const path = this.#nextPath();
    const file = await this.#files.create(path);
    try {
      for (let at = 0; at < size && !this.#isClosed; at += zeros.length) {
        await file.write(zeros.subarray(0, Math.min(zeros.length, size - at)), at);
      }
      await file.flush();
      return { path, size, file };
    } catch (cause) {
      // It may be the full disk: what was taken of it is given back.
      await this.#discard(path, file).catch(() => {});
      throw cause;
    }
  }

  async #discard(path: string, file: OpenFile): Promise<void> {
    await file.close();
    await this.#files.remove(path);
  }

  #nextPath(): string {
    this.#made += 1;
    return join(this.#folder, spareName(this.#made));
  }
}
