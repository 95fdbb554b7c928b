import { describe, expect, jest, test } from '@jest/globals';
import { ProgressBoard } from '../../../workflows/progress-board.ts';
import { currentDetails } from '../../../workflows/current-details.ts';
import { aPlan } from '../../support/install-run.ts';

function aBoard(ids: string[], clusters: string[] = []): ProgressBoard {
  const board = new ProgressBoard({
    mesh: 'mesh1',
    operation: {
      kind: 'install',
      workflowId: 'mesh-mesh1',
      runId: 'run',
      startedAt: '2026-11-21T10:00:00.000Z',
    },
    clusters: clusters.map((name) => ({
      name,
      network: 'network1',
      role: 'primary',
      gatewayAddresses: [],
      ingressAddresses: [],
    })),
    startedBy: { by: 'ana@laptop', reason: null },
  });
  board.add(aPlan(Object.fromEntries(ids.map((id) => [id, []]))).steps);
  return board;
}

const FAILURE = {
  type: 'Forbidden',
  message: 'may not | create `secrets`\nin x',
  cure: 'grant it',
  lines: ['verb create'],
  attempts: 1,
} as const;

describe('current details', () => {
  test('show every step with its state in a table', () => {
    const board = aBoard(['cluster1/base', 'cluster2/base', 'mesh/traffic']);
    board.begin('cluster1/base');
    board.begin('cluster2/base');
    board.done('cluster2/base', { changed: 3, summary: '20 objects, 3 changed' });
    const lines = currentDetails(board.progress()).split('\n');
    expect(lines[0]).toBe('**install mesh1: running** · 1 of 3 steps done · started by ana@laptop');
    const told = lines.map((line) =>
      line.replace(/\d{2}:\d{2}:\d{2}Z/u, 'TIME').replaceAll('\u2003', ''),
    );
    expect(told.slice(-5)).toEqual([
      '| cluster | step | state | since |  |',
      '|---|---|---|---|---|',
      '| cluster1 | base | ● running | TIME |  |',
      '| cluster2 | base | ✔ done | TIME | 20 objects, 3 changed |',
      '| mesh | traffic | ○ pending |  |  |',
    ]);
  });

  test('say above the table what is blocked, why, and the command that goes on, without breaking it', () => {
    const board = aBoard(['cluster1/base']);
    board.begin('cluster1/base');
    board.block('cluster1/base', { ...FAILURE, lines: [...FAILURE.lines] });
    const details = currentDetails(board.progress());
    expect(details).toContain('Forbidden: may not \\| create \\`secrets\\` in x');
    expect(details).toContain(
      '- verb create\n- cure: grant it\n- then: `meshwright retry mesh1 cluster1/base --reason "…"`',
    );
  });

  test.each([
    ['InvalidObject', 'this run keeps the file it began with, so first'],
    ['DeletedMeanwhile', 'this run does not make it again, so first'],
  ] as const)('send people to an end of the run where %s cannot be cured in it', (type, why) => {
    const board = aBoard(['cluster1/base']);
    board.begin('cluster1/base');
    board.block('cluster1/base', { ...FAILURE, type, lines: [] });
    const details = currentDetails(board.progress());
    expect(details).toContain(`- ${why}: \`meshwright abort mesh1 --reason "…"\``);
    expect(details).not.toContain('meshwright retry');
  });

  test('say which clusters the others go on without, and since when', () => {
    const board = aBoard(['cluster1/base'], ['cluster1', 'cluster2']);
    expect(currentDetails(board.progress())).not.toContain('away');
    board.away.leaveOut(['cluster2'], '2026-11-21T12:03:00.000Z');
    expect(currentDetails(board.progress())).toContain(
      '- **cluster2**: away since 12:03:00Z, the others go on without it',
    );
    board.finish('failed');
    expect(currentDetails(board.progress())).not.toContain('go on without it');
  });

  test('keep the hyphens of commands, and a gap between columns, which the UI would take away', () => {
    const board = aBoard(['cluster1/base']);
    board.begin('cluster1/base');
    const cure = 'kubectl --context cluster1 -n a get pods; then retry';
    board.block('cluster1/base', { ...FAILURE, cure, lines: [] });
    const details = currentDetails(board.progress());
    expect(details).toContain('- cure: kubectl `--context` cluster1 -n a get pods; then retry');
    expect(details).toContain('| cluster1\u2003 | base\u2003 | ');
  });

  test('tell who decided what and why, the latest first, also what holds no longer', () => {
    jest.useFakeTimers({ now: Date.parse('2026-11-21T10:00:00.000Z') });
    const board = aBoard(['cluster1/expose', 'cluster2/expose']);
    const who = { by: 'ben|laptop', reason: 'why' };
    const steps = board.steps().map(({ id }) => id);
    for (const id of steps) {
      board.begin(id);
      board.block(id, { ...FAILURE, lines: [] });
    }
    const [first = '', second = ''] = steps;
    const decide = [
      () => board.retry({ step: first, ...who }),
      () => board.skipBlocked({ step: second, ...who }),
      () => board.decisions.take('pause', who),
      () => board.decisions.take('resume', who),
      () => board.decisions.take('abort', who),
      () => board.decisions.take('cancel', who),
    ];
    for (const take of decide) {
      jest.advanceTimersByTime(1_000);
      take();
    }
    jest.useRealTimers();
    const details = currentDetails(board.progress(), board.decisions.taken);
    const told = details.split('\n').filter((line) => line.startsWith('- 2026'));
    expect(told).toEqual(
      ['cancel', 'abort', 'resume', 'pause', `skip ${second}`, `retry ${first}`].map(
        (what, index) => `- 2026-11-21T10:00:0${6 - index}.000Z ben\\|laptop: ${what} (why)`,
      ),
    );
  });

  test('show a row for each cluster where steps are many, and stay below 20,000 bytes', () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `cluster${index % 50}/step-${index}`);
    const board = aBoard(ids);
    for (const id of ids) {
      board.begin(id);
      board.block(id, {
        ...FAILURE,
        message: 'ä'.repeat(500),
        lines: Array.from({ length: 10 }, () => 'x'.repeat(500)),
      });
    }
    expect(Buffer.byteLength(currentDetails(board.progress()))).toBeLessThan(20_000);
    expect(currentDetails(board.progress())).toMatch(/… cut; see meshwright status$/u);
    const calm = aBoard(ids);
    calm.begin('cluster7/step-7');
    expect(currentDetails(calm.progress()).replaceAll('\u2003', '')).toContain(
      '| cluster7 | 0 of 20 | ● step 7 |',
    );
  });
});
