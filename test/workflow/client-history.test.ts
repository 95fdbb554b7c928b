import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { runMeshwright } from '../../bin/run-meshwright.ts';
import type { RunResult } from '../../bin/run-meshwright.ts';
import type { MeshHistory, MeshHistoryEvent } from '../../client/history/history-document.ts';
import { aPlan, awaitProgress, awaitTrue, retry, scriptedInstall } from '../support/install-run.ts';
import { stepFailure } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

/** Time for some commands on a busy machine, in milliseconds. */
const LIMIT_MS = 120_000;

const bed = workflowBed();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'client-history-'));
});

/** Runs a command with the test's Temporal, or with none that answers. */
function meshwright(words: string[], address = bed.server().address): Promise<RunResult> {
  const env = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
    MESHWRIGHT_USER: 'ben@laptop',
  };
  return runMeshwright(words, { env, timeoutMs: LIMIT_MS });
}

const CHANGES = {
  created: 1,
  changed: 0,
  removed: 0,
  objects: [
    {
      action: 'created' as const,
      cluster: 'cluster1',
      kind: 'ServiceAccount',
      name: 'istio-system/istiod',
      before: null,
      after: '0123456789ab',
    },
  ],
};

/** An install that failed for a moment, was blocked, was retried and changed one object; then a verification. */
async function aPast(mesh: string): Promise<string> {
  const spec = bed.spec({ name: mesh });
  const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), spec);
  steps.on('cluster1/a', ({ round, attempt }) => {
    if (round === 1 && attempt === 1) throw stepFailure('ApiUnavailable', 'cluster1: no answer');
    if (round === 1) throw stepFailure('Forbidden', 'may not create secrets', { cure: 'grant it' });
    return { changed: 1, summary: '1 object, 1 changed', changes: CHANGES };
  });
  await bed.work(steps);
  const install = await bed.start('install', spec);
  await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
  await retry(install, { step: 'cluster1/a', by: 'ben@laptop', reason: 'granted' });
  await install.result();
  await (await bed.start('verify', spec)).result();
  // visibility follows a moment later
  await awaitTrue(
    async () => {
      const { stdout } = await meshwright(['history', mesh, '-o', 'json']);
      return (JSON.parse(stdout) as MeshHistory).operations;
    },
    (operations) => operations.length === 2,
  );
  return install.firstExecutionRunId;
}

test(
  'history tells the whole story of an operation, and an export tells the same without Temporal',
  async () => {
    const run = await aPast('audited');
    const list = await meshwright(['history', 'audited']);
    expect(list.stdout).toMatch(/install +ana@laptop .* succeeded +\+1 ~0 -0 +first install/u);
    const one = await meshwright(['history', 'audited', run]);
    expect(one.stdout).toMatch(
      /✖ cluster1\/a failed +Forbidden: may not create secrets .*2 attempts · before that ApiUnavailable: cluster1: no answer/u,
    );
    expect(one.stdout).toMatch(/ben@laptop +retry cluster1\/a +"granted"/u);
    expect(one.stdout).toContain(
      '    + cluster1  ServiceAccount istio-system/istiod   - → 0123456789ab\n',
    );
    const lines = (await meshwright(['history', 'audited', '-o', 'jsonl'])).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as MeshHistoryEvent);
    expect(new Set(lines.map(({ kind }) => kind))).toEqual(new Set(['MeshHistoryEvent']));
    expect(lines.filter(({ event }) => event === 'operationEnded')).toHaveLength(2);

    const file = join(folder, 'audited.jsonl');
    const exported = await meshwright(['history', 'audited', '--export', file]);
    expect([exported.exitCode, exported.stdout]).toEqual([0, '']);
    const again = await meshwright(['history', 'audited', '--export', file]);
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('--force')]);
    const forced = await meshwright(['history', 'audited', run, '--export', file, '--force']);
    expect(forced.exitCode).toBe(0);
    expect(forced.stderr).toContain('1 operation,');
    await meshwright(['history', 'audited', '--export', file, '--force']);
    expect(readFileSync(file, 'utf8').startsWith('{"apiVersion"')).toBe(true);

    const nowhere = '127.0.0.1:1';
    for (const words of [
      ['-o', 'json'],
      [run, '-o', 'json'],
      ['-o', 'jsonl'],
      ['-o', 'yaml'],
    ]) {
      const live = await meshwright(['history', 'audited', ...words]);
      const told = await meshwright(['history', 'audited', ...words, '--from', file], nowhere);
      expect([told.exitCode, told.stdout]).toEqual([0, live.stdout]);
    }
    const screen = await meshwright(['history', 'audited', run, '--from', file], nowhere);
    expect(screen.stdout).toBe(one.stdout.replace(/^ {2}UI .*\n/mu, ''));
    const other = await meshwright(['history', 'other', '--from', file], nowhere);
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining('of mesh audited')]);
  },
  LIMIT_MS,
);

test(
  'history without a mesh and without a file says what it needs',
  async () => {
    const { exitCode, stderr } = await meshwright(['history']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('name a mesh')]);
  },
  LIMIT_MS,
);
