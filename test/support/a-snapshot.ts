import type { MeshProgress, StepProgress } from '../../contract/mesh-status.ts';
import type { Snapshot } from '../../client/live/snapshot.ts';
import type { Look } from '../../client/render/look.ts';

/** The present of screens under test. */
export const NOW = '2026-11-21T10:05:00.000Z';

/** A look for tests: plain text of unknown size. */
export function aLook(more: Partial<Look> = {}): Look {
  return {
    width: null,
    height: null,
    ascii: false,
    color: false,
    now: Date.parse(NOW),
    timeFormat: 'relative',
    ...more,
  };
}

/** ISO-8601 time so many seconds before the present. */
export function ago(seconds: number): string {
  return new Date(Date.parse(NOW) - seconds * 1000).toISOString();
}

/** A step for tests, pending unless it says otherwise. */
export function aStep(id: string, more: Partial<StepProgress> = {}): StepProgress {
  const [lane = '', name = ''] = id.split('/');
  return {
    id,
    cluster: lane === 'mesh' ? null : lane,
    kind: 'applyBase',
    title: name.replaceAll('-', ' '),
    state: 'pending',
    attempts: 0,
    since: null,
    reason: null,
    needs: [],
    failure: null,
    cure: null,
    lines: [],
    changed: 0,
    startedAt: null,
    finishedAt: null,
    lastRetry: null,
    ...more,
  };
}

/** A step that was done so many seconds ago, and took ten. */
export function aDoneStep(
  id: string,
  seconds: number,
  more: Partial<StepProgress> = {},
): StepProgress {
  const times = { since: ago(seconds), startedAt: ago(seconds + 10), finishedAt: ago(seconds) };
  return aStep(id, {
    state: 'done',
    attempts: 1,
    changed: 3,
    reason: '3 objects, 3 changed',
    ...times,
    ...more,
  });
}

/** A snapshot of a running install with the steps; its clusters are those of the steps. */
export function aSnapshot(
  steps: StepProgress[],
  more: Partial<MeshProgress> = {},
  around: Partial<Snapshot> = {},
): Snapshot {
  const names = [...new Set(steps.flatMap((step) => step.cluster ?? []))];
  return {
    progress: {
      mesh: 'prod',
      operation: {
        kind: 'install',
        workflowId: 'mesh-prod',
        runId: '01a1fd1c-772d-7599-a4fb-a7d84065d5db',
        state: 'running',
        startedAt: ago(161),
        finishedAt: null,
      },
      steps,
      clusters: names.map((name, index) => ({
        name,
        network: `network${index + 1}`,
        role: index === 0 ? 'primary' : 'remote',
        gatewayAddresses: [],
        ingressAddresses: [],
      })),
      planDigest: '0123456789ab',
      planSummary: [],
      startedBy: { by: 'ana@laptop', reason: null },
      ...more,
    },
    pending: new Map(),
    failure: null,
    waitsForWorker: null,
    failingTaskAttempt: null,
    ...around,
  };
}
