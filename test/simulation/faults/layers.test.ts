import assert from 'node:assert/strict';
import { test } from 'vitest';
import { latestOf, Layers, leastOf, mostOf } from './layers.ts';

test('of several the latest rules, the slowest, or the fullest, and then the next', () => {
  const shown: (string | number | null)[] = [];
  const show = (ruling: string | number | null): void => void shown.push(ruling);
  const weathers = new Layers(latestOf<string>, show);
  const slow = new Layers(mostOf, show);
  const full = new Layers(leastOf, show);

  const endings = [weathers.lay('fog'), weathers.lay('hail'), weathers.lay('snow')] as const;
  endings[1]();
  endings[2]();
  endings[0]();
  assert.deepEqual(shown.splice(0), ['fog', 'hail', 'snow', 'fog', null]);

  const slower = [slow.lay(20), slow.lay(10), slow.lay(30)] as const;
  for (const end of slower) end();
  assert.deepEqual(shown.splice(0), [20, 30, 0]);

  const fuller = [full.lay(20), full.lay(10), full.lay(30)] as const;
  for (const end of fuller) end();
  assert.deepEqual(shown.splice(0), [20, 10, 30, Infinity]);
});
