/**
 * The gate: `npm run check`, or `npm run check -- --no-tests`.
 *
 * Quick steps first; stops at the first that fails; never writes into the tree,
 * except that the tests build dist if it is stale. (`npm run fix` does write.)
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const top = join(import.meta.dirname, '..');
const parcel = mkdtempSync(join(tmpdir(), 'quorate-check-'));
process.on('exit', () => rmSync(parcel, { recursive: true }));

const env = {
  ...process.env,
  PATH: `${join(top, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
};

function run(command, cwd = top) {
  const [program, ...args] = command.split(' ');
  const { status } = spawnSync(program, args, { cwd, env, stdio: 'inherit' });
  if (status === 0) return;
  console.error(`failed: ${command}`);
  process.exit(status ?? 1);
}

/** Builds and packs beside the tree what `npm publish` would send. */
function checkPackage() {
  run(`tsc -p runtime/tsconfig.build.json --outDir ${join(parcel, 'dist')}`);
  run(`node runtime/inspector/build-page.mjs ${join(parcel, 'dist')}`);
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    if (existsSync(join(top, file))) copyFileSync(join(top, file), join(parcel, file));
  }
  run('npm pack --silent --ignore-scripts', parcel);
  const { version } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
  const tarball = join(parcel, `quorate-${version}.tgz`);
  run(`publint --strict ${tarball}`);
  run(`attw --profile esm-only --no-summary ${tarball}`);
}

const steps = {
  format: () => run('oxfmt -c test/oxfmtrc.json --check .'),
  lint: () => run('oxlint -c test/oxlintrc.json --type-aware --deny-warnings'),
  types: () => {
    run('tsc --noEmit');
    run('tsc --noEmit -p runtime/inspector/page');
  },
  'dead code': () => run('knip --config test/knip.json'),
  package: checkPackage,
  tests: () => run('node test/run.mjs'),
};
if (process.argv.includes('--no-tests')) delete steps.tests;

for (const [name, step] of Object.entries(steps)) {
  console.log(`\n— ${name}`);
  step();
}
