/** `quorate check-upgrade`, as it is run. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { loadMachines } from '../../../runtime/cli/machines/load.ts';
import { lockFolder } from '../../../runtime/storage/lock.ts';
import { emptyFolder, quorate } from '../run-quorate.ts';
import { logOf, to, writeLog } from './written-log.ts';

const order = (paid: string) => `
  createMachine({
    id: 'order',
    initial: 'open',
    states: { open: { on: { PAY: '${paid}', WAIT: 'waiting' } }, waiting: {}, ${paid}: {} },
  })`;
const head = `
  import { createMachine } from 'xstate';
  import { replicated } from 'quorate';
  // Whatever a module leaves running must not keep the check from ending.
  setInterval(() => {}, 1000);
  const old = ${order('paid')};
  const next = ${order('settled')};
`;
const modules = {
  old: `${head} export const machines = { order: old, cart: ${order('full')} };`,
  careless: `${head} export const machines = { order: replicated(next, { upgrades: old }) };`,
  careful: `${head}
    const migrate = ({ value }) => ({ value: value === 'paid' ? 'settled' : value });
    export const machines = {
      order: replicated(next, { upgrades: old, migrate }),
      cart: ${order('full')},
      basket: next,
    };`,
};

async function cluster() {
  const folder = emptyFolder();
  const files = Object.fromEntries(
    Object.entries(modules).map(([name, text]) => {
      const file = join(folder, `${name}.ts`);
      writeFileSync(file, text);
      return [name, file];
    }),
  ) as Record<keyof typeof modules, string>;
  const data = join(folder, 'data');
  const entries = logOf(to('order/42', 'PAY'), to('order/43', 'WAIT'), to('cart/1', 'PAY'));
  await writeLog(data, 'n1', await loadMachines(files.old), entries);
  return { ...files, data };
}

test('where all would go over, that is what it says', async () => {
  const { old, careful, data } = await cluster();
  const { status, stdout, stderr } = await quorate('check-upgrade', old, careful, '--data', data);
  assert.equal(
    stdout,
    'order: changed, 2 instances: 2 would go over\ncart: unchanged, 1 instance\nbasket: new, with no instance in the log\n',
  );
  assert.match(stderr, /^the log of n1 in \S+, 4 entries$/m);
  assert.equal(status, 0);
});

test('where some would not, they are named, and the status tells', async () => {
  const { old, careless, data } = await cluster();
  const { status, stdout, stderr } = await quorate('check-upgrade', old, careless, '--data', data);
  assert.equal(
    stdout,
    [
      'order: changed, 2 instances: 1 would go over, 1 would not, and unless all do, none does',
      '  42: it stands in "paid" and has no place: there is no state "paid" [no-place]',
      'cart: missing, 1 instance',
      '  a node would not start without it (machines-changed): the log holds its events [missing]',
      '',
    ].join('\n'),
  );
  assert.match(stderr, /\nquorate: upgrade-unfit: order, cart would not come over whole/);
  assert.equal(status, 1);
});

test('--json says the same to programs', async () => {
  const { old, careless, data } = await cluster();
  const lock = await lockFolder(join(data, 'n1'));
  onTestFinished(() => lock.release());
  const args = ['check-upgrade', old, careless, '--data', data, '--json'];
  const { status, stdout, stderr } = await quorate(...args);
  const result = JSON.parse(stdout) as Record<string, unknown> & { machines: object[] };
  const { machines, ...about } = result;
  assert.deepEqual(about, {
    folder: join(data, 'n1'),
    node: 'n1',
    cluster: 'test',
    usedBy: process.pid,
    entries: 4,
    ok: false,
  });
  assert.deepEqual(machines[0], {
    machine: 'order',
    verdict: 'changed',
    instances: 2,
    goOver: 1,
    problems: 1,
    first: [
      {
        kind: 'no-place',
        what: 'it stands in "paid" and has no place: there is no state "paid"',
        key: '42',
      },
    ],
  });
  assert.match(stderr, new RegExp(`in use by process ${process.pid}`));
  assert.equal(status, 1);
});

test('the machines of now must be those of the log', async () => {
  const { careless, careful, data } = await cluster();
  const wrong = await quorate('check-upgrade', careless, careful, '--data', data);
  assert.match(
    wrong.stderr,
    /quorate: machines-changed: \S+careless.ts is not what .*"cart" is missing/,
  );
  assert.deepEqual([wrong.status, wrong.stdout], [1, '']);
});

test('what cannot be read ends with its own code', async () => {
  const { old, data } = await cluster();
  const none = await quorate('check-upgrade', old, join(data, 'none.ts'), '--data', data);
  assert.match(none.stderr, /quorate: machines-unreadable: there is no file/);
  assert.equal(none.status, 1);
  const nowhere = await quorate('check-upgrade', old, old, '--data', join(data, 'nowhere'));
  assert.match(nowhere.stderr, /quorate: storage-wrong-node: .*is no node's data folder/);
  assert.equal(nowhere.status, 1);
});

test('wrong usage ends with status 2, and --help tells the rest', async () => {
  for (const args of [[], ['old.ts'], ['old.ts', 'new.ts']]) {
    const { status, stderr } = await quorate('check-upgrade', ...args);
    assert.match(stderr, /^quorate: usage: [^\n]+See `quorate check-upgrade --help`\.\n$/);
    assert.equal(status, 2);
  }
  const { status, stdout } = await quorate('check-upgrade', '--help');
  assert.match(stdout, /--data <dir>/);
  assert.match(stdout, /Exit status: 0/);
  assert.equal(status, 0);
});
