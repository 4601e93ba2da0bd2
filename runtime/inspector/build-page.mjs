/**
 * Bundles the inspector's page for browsers: `node runtime/inspector/build-page.mjs DIST`.
 * Everything that it needs lies beside it then; it asks no other host for anything.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const sources = join(import.meta.dirname, 'page');
const target = join(process.argv[2] ?? 'dist', 'runtime/inspector/page');
mkdirSync(target, { recursive: true });

await build({
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
  legalComments: 'linked',
  logLevel: 'warning',
});

for (const name of ['index.html', 'icon.svg'])
  copyFileSync(join(sources, name), join(target, name));

// Under its own licence, and so a file of its own with its notice.
const elk = join(createRequire(import.meta.url).resolve('elkjs/package.json'), '..');
copyFileSync(join(elk, 'lib/elk-worker.min.js'), join(target, 'elk-worker.js'));
copyFileSync(join(elk, 'LICENSE.md'), join(target, 'elk-worker.LICENSE.md'));
