/** Makes an input that fails as small as it can be made while it still fails in the same way. */

/** Which failure it is, whatever the numbers and quotations in the message. */
export function failureKind(error: unknown): string {
  const [line = ''] = (
    error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  ).split('\n');
  return line.replace(/"[^"]*"|'[^']*'|\d+/g, '_').slice(0, 120);
}

/** How `input` fails; null if it does not. */
export type Fails = (input: Uint8Array) => Promise<string | null>;

const triesMax = 4_000;

export async function minimised(input: Uint8Array, fails: Fails): Promise<Uint8Array> {
  const kind = await fails(input);
  if (kind === null) return input;
  const search = new Search(input, async (smaller) => (await fails(smaller)) === kind);
  for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
    await search.withoutPieces(size);
  }
  await search.withPlainBytes();
  return search.smallest;
}

class Search {
  smallest: Uint8Array;
  readonly #stillFails: (input: Uint8Array) => Promise<boolean>;
  #tries = 0;

  constructor(input: Uint8Array, stillFails: (input: Uint8Array) => Promise<boolean>) {
    this.smallest = input;
    this.#stillFails = stillFails;
  }

  async withoutPieces(size: number): Promise<void> {
    for (let at = 0; at < this.smallest.length;) {
      const [before, after] = [this.smallest.subarray(0, at), this.smallest.subarray(at + size)];
      if (!(await this.#take(new Uint8Array(Buffer.concat([before, after]))))) at += size;
    }
  }

  async withPlainBytes(): Promise<void> {
    for (let at = 0; at < this.smallest.length; at += 1) {
      if (this.smallest[at] !== plainByte) await this.#take(this.smallest.with(at, plainByte));
    }
  }

  async #take(smaller: Uint8Array): Promise<boolean> {
    if (this.#tries >= triesMax) return false;
    this.#tries += 1;
    if (!(await this.#stillFails(smaller))) return false;
    this.smallest = smaller;
    return true;
  }
}

/** The digit zero: plain in text, and a small number in most other formats. */
const plainByte = 0x30;
