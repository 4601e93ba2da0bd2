/**
 * Bundles the inspector's page for browsers: `node runtime/inspector/build-page.mjs DIST`.
 * Everything that it needs lies beside it then; it asks no other host for anything.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const sources = join(import.meta.dirname, 'page');
const modules = join(import.meta.dirname, '../../node_modules');
const target = join(process.argv[2] ?? 'dist', 'runtime/inspector/page');
mkdirSync(target, { recursive: true });

const { metafile } = await build({
  entryPoints: [
    { in: join(sources, 'main.tsx'), out: 'page' },
    { in: join(sources, 'style/page.css'), out: 'page' },
  ],
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  metafile: true,
  logLevel: 'warning',
});

for (const name of ['index.html', 'icon.svg'])
  copyFileSync(join(sources, name), join(target, name));

/** The licence of a package that is installed. */
function licenceOf(name) {
  const folder = join(modules, name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} comes without its licence`);
  return readFileSync(join(folder, file), 'utf8').trim();
}

// Whose work is in page.js, and on what terms.
const inputs = Object.keys(metafile.inputs);
const packages = inputs.flatMap(
  (input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? [],
);
const notices = [...new Set(packages)]
  .toSorted()
  .map((name) => `page.js contains ${name}:\n\n${licenceOf(name)}\n`);
writeFileSync(join(target, 'NOTICE.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));

// Under its own licence, and so a file of its own with its notice.
copyFileSync(join(modules, 'elkjs/lib/elk-worker.min.js'), join(target, 'elk-worker.js'));
writeFileSync(join(target, 'elk-worker.LICENSE.txt'), `${licenceOf('elkjs')}\n`);
