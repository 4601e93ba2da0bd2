/**
 * A small file of JSON beside the journal. Under its final name it is whole or not there, also
 * after a power cut: written under another name, flushed, then renamed.
 */
import { join } from 'node:path';
import { invariant } from '../../machines/protocol/invariant.ts';
import type { Files, OpenFile } from './files.ts';

export type SmallFile = Readonly<{ files: Files; folder: string; name: string }>;

/** What a crash may leave behind of a file that was not renamed yet. */
export const draftNameOf = (name: string): string => `${name}.new`;

/** No file of ours comes near it; whatever is larger is not read into memory. */
const smallFileBytesMax = 4 * 1024 * 1024;

/** What the file says; undefined where that is no JSON. The file must exist. */
export async function readSmallFile({ files, folder, name }: SmallFile): Promise<unknown> {
  const text = await withFile(await files.open(join(folder, name)), async (file) => {
    const size = await file.size();
    if (size > smallFileBytesMax) return '';
    const bytes = new Uint8Array(size);
    await file.read(bytes, 0);
    return new TextDecoder().decode(bytes);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export async function writeSmallFile(
  { files, folder, name }: SmallFile,
  content: object,
): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(content)}\n`);
  invariant(bytes.length <= smallFileBytesMax, 'what is written there can be read again');
  const draftName = draftNameOf(name);
  const draft = join(folder, draftName);
  if ((await files.list(folder)).includes(draftName)) await files.remove(draft);
  await withFile(await files.create(draft), async (file) => {
    await file.write(bytes, 0);
    await file.flush();
  });
  await files.rename(draft, join(folder, name));
  await files.flushFolder(folder);
}

async function withFile<Result>(
  file: OpenFile,
  use: (file: OpenFile) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
