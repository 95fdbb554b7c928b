import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { withGivenOptions } from './support/given-options.ts';
import { openRunFolder, type RunFolder } from './support/run-folder.ts';

/** What a stage found: tests or checks that hold, those that do not, and the names of the latter. */
type Count = { passed: number; failed: number; names: string[] };

/** What is read of the report that `jest --json` writes. */
type Report = {
  [total: string]: unknown;
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] }[];
  }[];
};

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');

/** Checks that read the sources; each counts as one. */
const CHECKS: { [name: string]: string[] } = {
  'formatted as prettier does': ['prettier', '--check', '--log-level', 'warn', '.'],
  'no lint error': ['oxlint', '--type-aware', '--deny-warnings'],
  'types hold': ['tsc', '--noEmit', '-p', '.'],
  'mesh/ knows no node': ['tsc', '--noEmit', '-p', 'mesh'],
  'contract/ knows no node': ['tsc', '--noEmit', '-p', 'contract'],
  'workflows/ know no node': ['tsc', '--noEmit', '-p', 'workflows'],
  'no dead code': ['knip', '--no-progress'],
};

/** Jest projects in the order of running: quick ones first. Real clusters do not share two cores: one file at a time. */
const PROJECTS: { [name: string]: string[] } = {
  unit: ['--maxWorkers=2', '--testTimeout=20000'],
  architecture: ['--maxWorkers=2', '--testTimeout=60000'],
  workflow: ['--runInBand', '--testTimeout=120000'],
  replay: ['--runInBand', '--testTimeout=120000'],
  integration: ['--runInBand', '--testTimeout=300000'],
  faults: ['--runInBand', '--testTimeout=900000'],
  e2e: ['--runInBand', '--testTimeout=1800000'],
};

/** Projects that need the sandbox's toolchain, which may have to be built first. */
const NEED_TOOLCHAIN = ['workflow', 'replay', 'integration', 'faults', 'e2e'];

/** What a signal would leave behind. */
const ongoing: { child?: ChildProcess; folder?: RunFolder; ending?: true } = {};

/** Ends what a signal ends us in the middle of; the same signal again ends us at once, and the keeper of the folder goes on. */
async function endBy(signal: NodeJS.Signals, exitCode: number): Promise<void> {
  ongoing.ending = true;
  ongoing.child?.kill(signal);
  await ongoing.folder?.abandon();
  process.exit(exitCode);
}

/** Runs a program with its output on ours and answers its exit code. Scripts find the Node.js of the lockfile first, as under npm. */
function run(command: string[], more: { [name: string]: string } = {}): Promise<number> {
  const [file = '', ...args] = command;
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}`, ...more };
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
    ongoing.child = child;
    child.on('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on('exit', (code) => {
      if (ongoing.ending !== true) resolve(code ?? 1);
    });
  });
}

async function runChecks(): Promise<Count> {
  const count: Count = { passed: 0, failed: 0, names: [] };
  for (const [name, [tool = '', ...args]] of Object.entries(CHECKS)) {
    const startedAt = Date.now();
    const holds = (await run([join(BIN, tool), ...args])) === 0;
    console.log(`${holds ? '✔' : '✖'} ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)}s)`);
    count[holds ? 'passed' : 'failed'] += 1;
    if (!holds) count.names.push(name);
  }
  return count;
}

async function runProject(name: string, more: string[]): Promise<Count> {
  console.log(`\n── ${name} ──`);
  const folder = await openRunFolder();
  ongoing.folder = folder;
  const report = join(folder.path, 'report.json');
  const jest = [
    process.execPath,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const options = [
    '--selectProjects',
    name,
    '--showSeed',
    '--json',
    `--outputFile=${report}`,
    ...withGivenOptions(PROJECTS[name] ?? [], more),
  ];
  const exitCode = await run([...jest, ...options], { TMPDIR: folder.path });
  const count = await readReport(name, report, more.length > 0);
  const left = await folder.close();
  count.failed += left.length;
  count.names.push(...left.map((what) => `${name} left behind ${what}`));
  // what jest itself counts as bad (no tests found, an open handle, a crash) must not pass for good
  if (exitCode !== 0 && count.failed === 0)
    return { ...count, failed: 1, names: [`${name}: jest ended with ${exitCode}`] };
  return count;
}

/**
 * A skipped test proves nothing, and a file that could not be loaded hides its tests: both count as failed. Tests that were
 * filtered away by hand are reported as skipped too, and do not.
 */
async function readReport(project: string, file: string, filtered: boolean): Promise<Count> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    return { passed: 0, failed: 1, names: [`${project}: jest wrote no report`] };
  const report = JSON.parse(text) as Report;
  const of = (total: string): number => Number(report[total] ?? 0);
  const skipped = filtered ? 0 : of('numPendingTests');
  return {
    passed: of('numPassedTests'),
    failed: of('numFailedTests') + of('numRuntimeErrorTestSuites') + of('numTodoTests') + skipped,
    names: report.testResults.flatMap((suite) => failuresOf(project, suite, filtered)),
  };
}

/** Each failed test with its file and the first lines of why: the end of a long output is all that some keep of it. */
function failuresOf(
  project: string,
  suite: Report['testResults'][number],
  filtered: boolean,
): string[] {
  const where = `${project} ${relative(ROOT, suite.name)}`;
  const bad = filtered ? ['failed'] : ['failed', 'pending', 'todo'];
  const failed = suite.assertionResults.filter(({ status }) => bad.includes(status));
  if (failed.length === 0 && suite.assertionResults.length === 0)
    return [`${where}\n${beginning(suite.message)}`];
  return failed.map(
    ({ fullName, failureMessages }) =>
      `${where}: ${fullName}\n${beginning(failureMessages?.[0] ?? '')}`,
  );
}

function beginning(text: string): string {
  const lines = stripVTControlCharacters(text).split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n');
}

async function runToolchain(): Promise<Count> {
  console.log('\n── toolchain ──');
  const done = (await run([process.execPath, 'test/support/prepare-toolchain.ts'])) === 0;
  return done
    ? { passed: 0, failed: 0, names: [] }
    : { passed: 0, failed: 1, names: ['the toolchain could not be prepared'] };
}

/** `run.ts` runs everything; `run.ts check` the checks; `run.ts <project> [jest arguments]` one project. */
async function main(words: string[]): Promise<Count[]> {
  const [wanted, ...more] = words;
  if (wanted === 'check') return [await runChecks()];
  if (wanted !== undefined && PROJECTS[wanted] === undefined) {
    console.error(`unknown project "${wanted}"; use check, ${Object.keys(PROJECTS).join(', ')}`);
    return [{ passed: 0, failed: 1, names: [`no project ${wanted}`] }];
  }
  const counts: Count[] = wanted === undefined ? [await runChecks()] : [];
  const projects = wanted === undefined ? Object.keys(PROJECTS) : [wanted];
  let toolchain = false;
  for (const project of projects) {
    if (!toolchain && NEED_TOOLCHAIN.includes(project)) {
      counts.push(await runToolchain());
      toolchain = true;
    }
    counts.push(await runProject(project, more));
  }
  return counts;
}

process.once('SIGHUP', () => void endBy('SIGHUP', 129));
process.once('SIGINT', () => void endBy('SIGINT', 130));
process.once('SIGTERM', () => void endBy('SIGTERM', 143));
const counts = await main(process.argv.slice(2));
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
for (const name of counts.flatMap(({ names }) => names)) console.log(`\n✖ ${name}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
