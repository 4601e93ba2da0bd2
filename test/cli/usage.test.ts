import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { freePorts } from '../../runtime/cli/cluster/ports.ts';
import { fakeNode, nobody } from './fake-node.ts';
import { emptyFolder, quorate } from './run-quorate.ts';

const node = ['node', '--id', 'n1', '--listen', '127.0.0.1:7101', '--data', 'nowhere'];

describe('wrong usage ends with status 2 and one line that says what is wrong', () => {
  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['stats'], /unknown command 'stats'. Did you mean status\?/],
    [['inspekt', '--help'], /unknown command 'inspekt'. Did you mean inspect\?/],
    [['help', 'members'], /unknown command 'members'/],
    [['inspect', '--trace', 'a', '--url', 'h:1'], /--trace and --url exclude each other/],
    [['inspect', '--port', '7101'], /--port goes with --trace/],
    [['start', '--fress'], /unknown option '--fress'. Did you mean --fresh\?/],
    [['start', '--nodes', '8'], /--nodes .* from 1 to 7/],
    [['start', '--port', '65535'], /--port 65535 leaves no room for 3 nodes/],
    [['start', '--log-level', 'loud'], /Allowed choices are trace, debug/],
    [['start', 'now'], /too many arguments/],
    [['node'], /required option '--id <name>' not specified/],
    [[...node, '--id', 'n/1'], /A name is 1 to 64/],
    [[...node, '--peer', 'n1=ws://h:1'], /--peer n1=… names this node itself/],
    [[...node, '--peer', 'n2=ws://127.0.0.1:7101'], /address that this node listens on/],
    [[...node, '--peer', 'n2=ws://h:1', '--peer', 'n2=ws://h:2'], /n2 was given twice/],
    [[...node, '--listen', '0.0.0.0:7101'], /no TLS or authentication.*--allow-insecure/],
    [['propose'], /missing required argument 'event'/],
    [['propose', 'order/42'], /which event shall order\/42 be sent\?/],
    [['propose', 'order', 'PAY'], /"order" is invalid. It must be MACHINE\/KEY/],
    [['propose', 'order/42', '{'], /It must be JSON/],
    [['propose', '["a/b"]'], /An event has a "type"/],
    [['propose', 'order/42', '"PAY"'], /An event has a "type"/],
    [['propose', 'order/42', 'PAY', 'NOW'], /too many arguments/],
    [['propose', 'RUN', '--timeout', '0'], /from 1 to 60000/],
    [['propose', 'RUN', '--id', '7'], /It must be a UUID/],
    [['propose', 'RUN', '--url', 'ftp://h:1'], /must begin with ws:\/\//],
    [['read', 'order'], /It must be MACHINE\/KEY/],
    [['read', 'order/42', '--consistency', 'linear'], /choices are linearizable, lease, local/],
    [['watch'], /missing required argument/],
    [['check'], /missing required argument 'file'/],
    [['check', 'machines.ts', '--seconds', '0'], /from 1 to 86400/],
    [['chart'], /missing required argument 'file'/],
    [[...node, '--inspect', 'mine'], /Allowed choices are stately/],
    [['bench', '--clients', '1,x'], /It must be a whole number/],
    [['simulate', '--wind', '9'], /unknown option '--wind'/],
    [['simulate', 'now'], /too many arguments/],
  ];
  for (const [args, says] of wrong) {
    test(`quorate ${args.join(' ')}`, async () => {
      const { status, stdout, stderr } = await quorate(...args);
      assert.match(stderr, says);
      assert.match(stderr, /^quorate: usage: [^\n]+\n$/);
      assert.doesNotMatch(stderr, /^\s+at /m);
      assert.equal(stdout, '');
      assert.equal(status, 2);
    });
  }

  test('quorate, alone, lists the commands', async () => {
    const { status, stdout, stderr } = await quorate();
    assert.match(stderr, /Commands:[^]*\nquorate: usage: which command\?/);
    assert.equal(stdout, '');
    assert.equal(status, 2);
  });
});

const commands = [
  'start',
  'node',
  'propose',
  'read',
  'watch',
  'status',
  'check',
  'simulate',
  'bench',
];

describe('help is a result', () => {
  for (const command of commands) {
    test(`of quorate ${command}`, async () => {
      const { status, stdout, stderr } = await quorate(command, '--help');
      assert.match(stdout, new RegExp(`^Usage: quorate ${command} `));
      assert.match(stdout, /-h, --help/);
      assert.equal(stderr, '');
      assert.equal(status, 0);
    });
  }

  test('by its own name as well', async () => {
    assert.deepEqual(await quorate('help'), await quorate('--help'));
    assert.deepEqual(await quorate('help', 'read'), await quorate('read', '--help'));
    assert.deepEqual(await quorate('help', 'simulate'), await quorate('simulate', '-h'));
  });

  test('that names every command there is for people', async () => {
    const { status, stdout } = await quorate('--help');
    for (const command of commands) {
      assert.match(stdout, new RegExp(`^  ${command} \\[options\\] `, 'm'));
    }
    assert.doesNotMatch(stdout, /bench-driver/);
    assert.equal(status, 0);
  });

  test('and so is the version', async () => {
    const { version } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
    ) as { version: string };
    assert.deepEqual(await quorate('--version'), { status: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('what fails ends with status 1 and its code', () => {
  test('nobody answers', async () => {
    const url = await nobody();
    for (const args of [
      ['propose', 'RUN', '--timeout', '50'],
      ['read', 'order/42', '--timeout', '50'],
      ['watch', 'order/42', '--after', '1'],
    ]) {
      const { status, stdout, stderr } = await quorate(...args, '--url', url);
      assert.match(stderr, /^quorate: cluster-unreachable: [^\n]+quorate start[^\n]+\n$/);
      assert.equal(stdout, '');
      assert.equal(status, 1);
    }
  });

  test('status shows whom it could not reach all the same', async () => {
    const url = await nobody();
    const { status, stdout, stderr } = await quorate('status', '--url', url);
    assert.match(stdout, /^address +node +role .*\n127\.0\.0\.1:\d+ +- +unreachable /);
    assert.match(stderr, /^quorate: cluster-unreachable: /);
    assert.equal(status, 1);
  });

  test('the data folder cannot be made, in a file system that makes none', async () => {
    const [port = 0] = await freePorts(1);
    const data = '/proc/x/y';
    const { status, stderr } = await quorate(
      'start',
      '--nodes',
      '1',
      '--port',
      `${port}`,
      '--data',
      data,
    );
    assert.match(stderr, /^quorate: storage-unwritable: [^\n]+\n$/);
    assert.equal(status, 1);
  });

  test('what is watched is refused, before or after the subscription', async () => {
    const refused = { type: 'refused', code: 'unknown-machine', message: 'no "nope" here' };
    const { url } = await fakeNode(() => refused);
    for (const more of [[], ['--after', '1']]) {
      const { status, stdout, stderr } = await quorate('watch', 'nope/1', '--url', url, ...more);
      assert.equal(stderr, 'quorate: unknown-machine: no "nope" here\n');
      assert.equal(stdout, '');
      assert.equal(status, 1);
    }
  });

  test('a port is taken: nothing is started, and no folder made', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const data = join(emptyFolder(), 'data');
    const { status, stderr } = await quorate('start', '--port', String(port), '--data', data);
    assert.match(stderr, new RegExp(`^quorate: port-in-use: 127.0.0.1:${port} is taken`));
    assert.equal(status, 1);
    assert.throws(() => readFileSync(data), { code: 'ENOENT' });
    taken.close();
  });
});
