/** Bytes of records and headers: what is ours is found, and nothing else is. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BatchWriter } from '../../runtime/storage/batch-writer.ts';
import {
  findRecord,
  readEntry,
  readHardState,
  recordKind,
  type FoundRecord,
} from '../../runtime/storage/record.ts';
import { decodeHeader, encodeHeader, sequenceOf } from '../../runtime/storage/segment.ts';
import { batchOf, entry, voted } from './story.ts';

const place = { segment: 5, salt: 7, batch: 2 ** 40 + 3 };

function written(batch: ReturnType<typeof batchOf>): { bytes: Uint8Array; view: DataView } {
  const encoded = new BatchWriter().encode({ ...batch, oldestSegment: null }, place, 99);
  const bytes = encoded.bytes.slice();
  return { bytes, view: new DataView(bytes.buffer) };
}

function recordsIn(bytes: Uint8Array, view: DataView): readonly FoundRecord[] {
  const found: FoundRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const record = findRecord(bytes, view, at, place.segment, place.salt);
    if (!record) break;
    found.push(record);
    at = record.end;
  }
  return found;
}

test('records follow each other, chained, and the last one of a batch says so', () => {
  const { bytes, view } = written(batchOf([entry(1), entry(2)], voted(3, 'ålpha')));
  const records = recordsIn(bytes, view);
  expect(records.map(({ kind }) => kind)).toEqual([
    recordKind.hardState,
    recordKind.entry,
    recordKind.entry,
  ]);
  expect(records.map(({ isLastOfBatch }) => isLastOfBatch)).toEqual([false, false, true]);
  expect(records.map(({ batch }) => batch)).toEqual([place.batch, place.batch, place.batch]);
  const [first, second, third] = records;
  expect(first?.previous).toBe(99);
  expect(second?.previous).toBe(first?.checksum);
  expect(third?.previous).toBe(second?.checksum);
  expect(third?.end).toBe(bytes.length);
});

test('any entry and any hard state come back as they were', () => {
  const fields = {
    index: fc.maxSafeNat().map((before) => Math.max(1, before)),
    term: fc.maxSafeNat(),
    kind: fc.constantFrom('noop', 'command', 'configuration'),
    timeMs: fc.double({ noNaN: true }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    payload: fc.uint8Array({ maxLength: 300 }),
  };
  const anyEntry = fc.record(fields, { noNullPrototype: true });
  const name = fc.option(fc.string({ maxLength: 64, unit: 'binary' }), { nil: null });
  fc.assert(
    fc.property(fc.array(anyEntry), fc.maxSafeNat(), name, (entries, term, votedFor) => {
      const batch = batchOf(entries as never, voted(term, votedFor));
      const { bytes, view } = written(batch);
      const [first, ...rest] = recordsIn(bytes, view);
      assert.deepEqual(first && readHardState(bytes, view, first), batch.hardState);
      assert.deepEqual(
        rest.map((record) => readEntry(bytes, view, record)),
        entries,
      );
    }),
    { seed: 28, numRuns: 200 },
  );
});

test('a record of the segment’s earlier life is not found, though its checksum is right', () => {
  const { bytes, view } = written(batchOf([entry(1)]));
  expect(findRecord(bytes, view, 0, 5, 7)).not.toBeNull();
  expect(findRecord(bytes, view, 0, 6, 7)).toBeNull();
  expect(findRecord(bytes, view, 0, 5, 8)).toBeNull();
});

test('a buffer that was used before leaves no trace in the padding', () => {
  const writer = new BatchWriter();
  const encode = (bytes: number): Uint8Array =>
    writer
      .encode(
        {
          ...batchOf([{ ...entry(1), payload: new Uint8Array(bytes).fill(1) }]),
          oldestSegment: null,
        },
        place,
        0,
      )
      .bytes.slice();
  const clean = encode(3);
  encode(200);
  expect(encode(3)).toEqual(clean);
  encode(9 * 1024 * 1024);
  expect(encode(3)).toEqual(clean);
});

test('arbitrary bytes are no record and no header', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      expect(findRecord(bytes, view, 0, 5, 7)).toBeNull();
      expect(decodeHeader(bytes).found).toBe('damage');
    }),
    { seed: 29 },
  );
});

test('a header comes back as it was', () => {
  const header = {
    sequence: 4_000_000_000,
    salt: 4_111_222_333,
    previous: 4_222_333_444,
    oldest: 3_999_999_990,
    previousBatch: 2 ** 45,
    previousIndex: 2 ** 50,
    size: 16 * 1024 * 1024,
  };
  expect(decodeHeader(encodeHeader(header))).toMatchObject({ found: 'header', header });
});

test('only names of segments are taken for segments', () => {
  expect(sequenceOf('journal-0000000012.segment')).toBe(12);
  for (const name of ['journal-12.segment', 'journal-0000000012.segment.old', 'spare-1.segment']) {
    expect(sequenceOf(name)).toBeNull();
  }
});
