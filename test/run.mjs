/**
 * The test command: `npm test`, `npm test -- test/rules -t "a vote"`.
 *
 * Sees to what the tests need, runs vitest, and closes with the count alone on the last line.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const top = join(import.meta.dirname, '..');

/** Programs that the tests start, and the Debian packages that bring them. */
const programs = [
  { program: 'strace', debianPackage: 'strace' },
  { program: 'chromium', debianPackage: 'chromium' },
];

const isInstalled = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

function installMissingPrograms() {
  const missing = programs.filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) return;

  const packages = missing.map(({ debianPackage }) => debianPackage);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    console.log(`installing ${packages.join(', ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], install]) {
      const { status, stdout, stderr } = spawnSync('apt-get', ['-qq', ...args], { env });
      if (status !== 0) console.error(`${stdout}${stderr}`);
    }
  }

  if (missing.every(({ program }) => isInstalled(program))) return;
  console.error(`The tests need more programs. On Debian: apt-get ${install.join(' ')}`);
  process.exit(1);
}

/** Tests start real processes from dist, so it must not be older than the sources. */
function buildIfStale() {
  const changedMs = (path) => statSync(path).mtimeMs;
  // Folders count too: theirs is the only date that tells of a deleted file.
  const filesIn = (folder) =>
    readdirSync(join(top, folder), { recursive: true }).map((name) => join(folder, name));
  const folders = ['machines', 'runtime', 'test/simulation', 'test/world'];
  const sources = ['package.json', 'tsconfig.json', ...folders, ...folders.flatMap(filesIn)];
  const built = join(top, 'dist/runtime/cli/quorate.js');
  const isFresh =
    existsSync(built) &&
    sources.every((source) => changedMs(join(top, source)) <= changedMs(built));
  if (isFresh) return;

  console.log('building dist');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: top, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function runVitest(reportFile) {
  const vitest = spawn(
    process.execPath,
    [
      join(top, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--config=test/vitest.config.ts',
      `--reporter=${process.stdout.isTTY ? 'default' : 'dot'}`,
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...process.argv.slice(2),
    ],
    // A group of its own, so that a signal also ends its workers and what they started.
    { cwd: top, stdio: 'inherit', detached: true },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => process.kill(-vitest.pid, signal));
  }

  return new Promise((resolve) => {
    vitest.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** A file that failed before its tests could run counts as one failure. */
function count(reportFile) {
  if (!existsSync(reportFile)) return { files: null, passed: 0, failed: 0, skipped: 0 };
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    files: report.testResults.length,
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

installMissingPrograms();
buildIfStale();

const reportFolder = mkdtempSync(join(tmpdir(), 'quorate-test-'));
const reportFile = join(reportFolder, 'report.json');
const exitCode = await runVitest(reportFile);
let { files, passed, failed, skipped } = count(reportFile);
rmSync(reportFolder, { recursive: true });

// It also fails when it finds no file to run, but then nothing has failed.
if (exitCode !== 0 && failed === 0 && files !== 0) {
  console.error(`vitest itself failed with exit code ${exitCode}`);
  failed = 1;
}
if (passed + failed === 0) console.error('no test ran');

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = exitCode || (failed > 0 || passed === 0 ? 1 : 0);
