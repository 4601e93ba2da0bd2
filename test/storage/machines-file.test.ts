/** A data folder remembers the machines it was written with, and takes no others in their place. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeId } from '../../machines/protocol/ids.ts';
import { QuorateError } from '../../machines/protocol/errors.ts';
import { openJournalStorage } from '../../runtime/storage/journal-storage.ts';
import { rememberMachines } from '../../runtime/storage/machines-file.ts';
import { keepNothing, keepSectorsByChance } from '../../runtime/storage/power-cut.ts';
import { realFiles } from '../../runtime/storage/real-files.ts';
import { diskError, type SimulatedDisk } from '../../runtime/storage/simulated-disk.ts';
import { handClock } from './hand-clock.ts';
import { chance } from '../world/random.ts';
import { folder, newDisk, undisturbed } from './story.ts';

type Machines = Readonly<Record<string, string>>;

const file = `${folder}/machines.json`;
const order = { order: '00000000000000aa' };
const both = { ...order, cart: '00000000000000bb' };

const remember = (files: SimulatedDisk, machines: Machines): Promise<void> =>
  rememberMachines({ files, folder, machines });

const textIn = (disk: SimulatedDisk): string => new TextDecoder().decode(disk.contents(file));
const rememberedBy = (disk: SimulatedDisk): Machines | null =>
  disk.paths().includes(file) ? (JSON.parse(textIn(disk)) as Machines) : null;

async function diskWith(machines: Machines): Promise<SimulatedDisk> {
  const disk = await newDisk();
  await remember(disk, machines);
  return disk;
}

async function diskSaying(text: string): Promise<SimulatedDisk> {
  const disk = await newDisk();
  const written = await disk.create(file);
  await written.write(new TextEncoder().encode(text), 0);
  return disk;
}

/** Refuses, and changes neither a name nor a byte: also none that is to be flushed. */
async function refusalOf(disk: SimulatedDisk, machines: Machines): Promise<QuorateError> {
  const before = textIn(disk);
  const changes: string[] = [];
  disk.before = ({ kind }) => {
    if (!['list', 'open', 'read'].includes(kind)) changes.push(kind);
  };
  const refusal: unknown = await remember(disk, machines).catch((cause: unknown) => cause);
  disk.before = () => {};
  assert.ok(refusal instanceof QuorateError, 'it was accepted');
  expect(changes).toEqual([]);
  expect(disk.paths()).toEqual([file]);
  expect(textIn(disk)).toBe(before);
  return refusal;
}

test('the first start writes the machines down', async () => {
  const disk = await diskWith(both);
  expect(textIn(disk)).toBe(`${JSON.stringify(both)}\n`);
  expect(rememberedBy(disk.afterPowerCut(keepNothing))).toEqual(both);
});

test('the same machines pass, in any order, and nothing is written', async () => {
  const disk = await diskWith(both);
  disk.before = ({ kind }) => assert.ok(!['create', 'write', 'rename', 'remove'].includes(kind));
  await remember(disk, both);
  await remember(disk, Object.fromEntries(Object.entries(both).toReversed()));
});

test('an added machine passes, and is remembered with the others', async () => {
  const disk = await diskWith(order);
  await remember(disk, both);
  expect(rememberedBy(disk)).toEqual(both);
  expect((await refusalOf(disk, order)).code).toBe('machines-changed');
});

test('a changed machine is refused by name, with the reason and the remedy', async () => {
  const disk = await diskWith(both);
  const { code, message, detail } = await refusalOf(disk, { ...both, cart: '00000000000000cc' });
  expect(code).toBe('machines-changed');
  expect(detail).toEqual({ path: folder });
  expect(message).toContain('"cart" has another definition');
  expect(message).not.toContain('"order"');
  expect(message).toContain('made anew from the log');
  expect(message).toContain('replicated(new, { upgrades: old })');
  expect(message).toContain('quorate start --fresh');
  expect(message, 'the start of a cluster reads one line').not.toContain('\n');
  await remember(disk, both);
});

test('a missing machine is refused, also where another is new', async () => {
  const disk = await diskWith(both);
  const { code, message } = await refusalOf(disk, { ...order, basket: both.cart });
  expect(code).toBe('machines-changed');
  expect(message).toContain('"cart" is missing');
  expect(message).not.toContain('basket');
  expect((await refusalOf(disk, {})).message).toContain('"order" is missing, "cart" is missing');
});

test('a machine may be called as what every object has', async () => {
  const odd = JSON.parse('{"__proto__":"1","constructor":"2"}') as Machines;
  const disk = await diskWith(order);
  await remember(disk, { ...order, ...odd });
  expect(Object.keys(rememberedBy(disk) ?? {})).toEqual(['order', '__proto__', 'constructor']);
  const { message } = await refusalOf(disk, order);
  expect(message).toContain('"__proto__" is missing, "constructor" is missing');
});

test('a file that says something else is reported as damage, and left alone', async () => {
  for (const text of ['', '{', '[]', 'null', '"order"', '{"order":1}', '{"order":null}']) {
    const { code, message } = await refusalOf(await diskSaying(text), order);
    expect(code).toBe('storage-corrupt');
    expect(message).toContain(file);
  }
});

test('whatever fails leaves the old or the new, is named, and passes once it is cured', async () => {
  for (const [systemCode, code] of [
    ['EROFS', 'storage-unwritable'],
    ['ENOSPC', 'storage-full'],
    ['EIO', 'storage-failed'],
  ] as const) {
    for (let number = 1; ; number += 1) {
      const disk = await diskWith(order);
      let count = 0;
      disk.before = () => {
        count += 1;
        if (count === number) throw diskError(systemCode);
      };
      const failure: unknown = await remember(disk, both).then(
        () => null,
        (cause: unknown) => cause,
      );
      disk.before = () => {};
      if (failure === null) {
        expect(number).toBeGreaterThan(8);
        break;
      }
      assert.ok(failure instanceof QuorateError);
      expect(failure.code).toBe(code);
      expect(failure.message).toContain(folder);
      expect([order, both]).toContainEqual(rememberedBy(disk));
      await remember(disk, both);
      expect(rememberedBy(disk.afterPowerCut(keepNothing))).toEqual(both);
    }
  }
});

test('a crash at any moment leaves the old or the new, and the next start makes it last', async () => {
  const random = chance(23, 'storage').fraction;
  for (const old of [null, order]) {
    const disk = await (old ? diskWith(old) : newDisk());
    const moments: SimulatedDisk[] = [];
    disk.before = () => void moments.push(undisturbed(disk));
    await remember(disk, both);
    const end = undisturbed(disk);
    expect(moments.length).toBeGreaterThan(6);

    for (const moment of [...moments, end]) {
      const found = [moment.afterProcessCrash(), moment.afterPowerCut(keepNothing)];
      for (let round = 0; round < 20; round += 1) {
        found.push(moment.afterPowerCut(keepSectorsByChance(random, 16)));
      }
      for (const next of found) {
        expect([old, both]).toContainEqual(rememberedBy(next));
        await remember(next, both);
        expect(rememberedBy(next.afterPowerCut(keepNothing))).toEqual(both);
      }
    }
  }
});

test('in a real folder it lies beside the identity, and the folder opens again', async () => {
  const path = mkdtempSync(join(tmpdir(), 'quorate-machines-'));
  const node = { cluster: 'orders', node: nodeId('alpha') };
  try {
    for (const machines of [order, both, both]) {
      const options = { path, ...node, clock: handClock(), segmentBytes: 4_096 };
      const storage = await openJournalStorage(options);
      await rememberMachines({ files: realFiles, folder: path, machines });
      await storage.close();
      expect(JSON.parse(readFileSync(join(path, 'machines.json'), 'utf8'))).toEqual(machines);
    }
  } finally {
    rmSync(path, { recursive: true });
  }
});
