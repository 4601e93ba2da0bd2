/** What a browser has to load: the library as it is built, without XState, which its user has anyway. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import { describe, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const gzippedBytesMax = 20_000;

async function bundle(options: BuildOptions) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['xstate'],
    logLevel: 'silent',
    ...options,
    write: false,
    metafile: true,
  });
  const [file] = outputFiles;
  assert.ok(file);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return {
    code: file.contents,
    text: file.text,
    inputs: Object.keys(metafile.inputs),
    imports: [...new Set(imports.map((imported) => imported.path))],
  };
}

const everything = {
  stdin: { contents: "export * from 'quorate/client'", resolveDir: root },
} as const;

describe('in a browser the client library', () => {
  test('takes less than 20 kB, gzipped', async () => {
    const { code } = await bundle({ entryPoints: ['runtime/client/browser.ts'] });
    const bytes = gzipSync(code).length;
    assert.ok(bytes > 1_000, 'it is there');
    assert.ok(bytes < gzippedBytesMax, `${bytes} bytes`);
  });

  test('imports XState, and nothing of Node or of others besides the UUIDs', async () => {
    const { imports, inputs } = await bundle({ entryPoints: ['runtime/client/browser.ts'] });
    assert.deepEqual(imports, ['xstate']);
    const foreign = inputs.filter((file) => file.includes('node_modules/'));
    assert.ok(foreign.length > 0);
    assert.deepEqual(
      foreign.filter((file) => !file.includes('node_modules/uuid/')),
      [],
    );
    const own = inputs.filter((file) => !file.includes('node_modules/'));
    const elsewhere = own.filter((file) => !/^(machines\/protocol|runtime\/client)\//.test(file));
    assert.deepEqual(elsewhere, ['runtime/clock.ts']);
  });

  test('asks nothing of the platform that only Node has', async () => {
    const { text } = await bundle({ entryPoints: ['runtime/client/browser.ts'], minify: false });
    assert.doesNotMatch(text, /\bBuffer\b|\bprocess\b|\brequire\(|["']node:/);
  });

  test('is what the package gives to a bundler for browsers, and ws to Node', async () => {
    const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, Record<string, string>>;
    };
    const client = exports['./client'];
    assert.ok(client);
    assert.deepEqual(Object.keys(client), ['types', 'browser', 'default'], 'the first that fits');
    const inputsFor = async (platform: 'browser' | 'node'): Promise<readonly string[]> =>
      (await bundle({ ...everything, platform, packages: 'bundle' })).inputs;
    const [forBrowsers, forNode] = [await inputsFor('browser'), await inputsFor('node')];
    assert.ok(forBrowsers.includes('dist/runtime/client/browser.js'));
    assert.ok(!forBrowsers.some((file) => file.includes('node_modules/ws/')));
    assert.ok(forNode.includes('dist/runtime/client/node.js'));
    assert.ok(forNode.some((file) => file.includes('node_modules/ws/')));
  });
});

test('a module of Node in the graph of the library would be found', async () => {
  const contents = builtinModules.includes('events') ? "export * from 'node:events'" : '';
  await assert.rejects(bundle({ stdin: { contents, resolveDir: root } }), /node:events/);
});
