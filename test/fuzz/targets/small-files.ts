/** The small files of a data folder, whatever became of them: identity.json and machines.json. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { nodeId } from '../../../machines/protocol/ids.ts';
import { identityName, openDataFolder } from '../../../runtime/storage/data-folder.ts';
import { rememberMachines } from '../../../runtime/storage/machines-file.ts';
import { SimulatedDisk } from '../../../runtime/storage/simulated-disk.ts';
import { anyJson, message, oneOfTexts, type Text } from '../grammar/json.ts';
import { inUtf8, pure, type Target } from '../target.ts';

const folder = '/data';
const machinesPath = `${folder}/machines.json`;
const identityPath = `${folder}/${identityName}`;
const machines = { order: 'a1', payment: 'b2' };

async function diskWith(path: string, content: Uint8Array): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  await disk.makeFolder(folder);
  const file = await disk.create(path);
  await file.write(content, 0);
  await file.close();
  return disk;
}

const parsed = (content: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(content));

/** Null where it was taken. */
async function refusalOf(work: Promise<unknown>): Promise<QuorateError | null> {
  try {
    await work;
    return null;
  } catch (cause) {
    if (cause instanceof QuorateError) return cause;
    throw cause;
  }
}

async function checkIdentity(content: Uint8Array): Promise<void> {
  const disk = await diskWith(identityPath, content);
  const options = { files: disk, path: folder, cluster: 'test', node: nodeId('n1') };
  const refusal = await refusalOf(openDataFolder(options));
  assert.deepEqual(disk.contents(identityPath), content, 'it stays as it was');
  assert.deepEqual(disk.paths(), [identityPath]);
  if (refusal === null) {
    const { format, cluster, node } = parsed(content) as Record<string, unknown>;
    assert.deepEqual([format, cluster, node], [1, 'test', 'n1'], 'it is ours');
  } else {
    assert.match(refusal.code, /^storage-(corrupt|newer|wrong-cluster|wrong-node)$/);
  }
}

async function checkMachines(content: Uint8Array): Promise<void> {
  const disk = await diskWith(machinesPath, content);
  const refusal = await refusalOf(rememberMachines({ files: disk, folder, machines }));
  if (refusal === null) {
    const known = parsed(content) as Record<string, unknown>;
    for (const [name, print] of Object.entries(known)) {
      assert.equal(new Map(Object.entries(machines)).get(name), print, `${name} is what it was`);
    }
    assert.deepEqual(parsed(disk.contents(machinesPath)), machines);
  } else {
    assert.match(refusal.code, /^storage-corrupt$|^machines-changed$/);
    assert.deepEqual(disk.contents(machinesPath), content, 'it stays as it was');
  }
}

async function check(content: Uint8Array): Promise<void> {
  await checkIdentity(content);
  await checkMachines(content);
}

const number: Text = fc.constantFrom('1', '1', '1', '1.0', '2', '0', '-1', '0.5', '-0', '1e999');
const identity = message({
  format: number,
  cluster: oneOfTexts('test', 'test', 'other', ''),
  node: oneOfTexts('n1', 'n1', 'n2', ''),
});
const print = oneOfTexts('a1', 'a1', 'b2', '');
const fingerprints = message({}, { order: print, payment: print, more: print });

export const smallFiles: Target = {
  name: 'small-files',
  claim:
    'A folder is opened if its files say that it is ours, and is refused with a code, unchanged, if not',
  grammar: fc.oneof(identity, fingerprints, anyJson).map(inUtf8),
  words: [
    '"format":1',
    '"cluster":"test"',
    '"node":"n1"',
    '"order":"a1"',
    '"__proto__":',
    '1e999',
    '-',
  ]
    .map(inUtf8)
    .concat([Uint8Array.of(0xff), Uint8Array.of(0xef, 0xbb, 0xbf)]),
  runsInTests: 600,
  open: pure(check),
};
