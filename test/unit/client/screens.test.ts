import { describe, expect, test } from '@jest/globals';
import { writeLines } from '../../../client/render/look.ts';
import type { Line } from '../../../client/render/look.ts';
import { renderEnd } from '../../../client/render/operation-end.ts';
import { renderPlan } from '../../../client/render/plan-screen.ts';
import { renderStatus } from '../../../client/render/status-screen.ts';
import { renderVerifyMatrix } from '../../../client/render/verify-matrix.ts';
import type { StepProgress } from '../../../contract/mesh-status.ts';
import type { VerifyPair } from '../../../mesh/plan/verify-report.ts';
import { aMeshSpec } from '../../support/a-mesh-spec.ts';
import { aDoneStep, ago, aLook, aSnapshot, aStep } from '../../support/a-snapshot.ts';
import { aPlan } from '../../support/install-run.ts';

const UI = 'http://localhost:8233/namespaces/default/workflows/mesh-prod/run/timeline';

function text(lines: readonly Line[], look = aLook()): string[] {
  return writeLines(lines, look);
}

const BLOCKED = aSnapshot(
  [
    aDoneStep('east/gateway', 90),
    aStep('west/gateway-address', {
      kind: 'awaitGatewayAddress',
      state: 'blocked',
      attempts: 1,
      since: ago(720),
      startedAt: ago(1320),
      reason: 'Service istio-system/istio-eastwestgateway got no external address',
      failure: 'WaitTimedOut',
      cure: 'raise the quota or free an address',
      lines: ['event SyncLoadBalancerFailed (x14): quota exceeded, limit 8'],
    }),
    aStep('mesh/traffic', { needs: ['west/gateway-address'] }),
  ],
  { operation: { ...aSnapshot([]).progress.operation, state: 'blocked' } },
);

describe('a blocked step', () => {
  test('is told with what, why, what it means and the exact command that goes on', () => {
    expect(text(renderEnd(BLOCKED, UI, aLook()))).toEqual([
      '✖ west · gateway address · west/gateway-address        1 attempt        blocked since 09:53:00Z',
      '',
      '  What   awaitGatewayAddress failed: WaitTimedOut',
      '  Why    Service istio-system/istio-eastwestgateway got no external address',
      '         event SyncLoadBalancerFailed (x14): quota exceeded, limit 8',
      '  Means  1 step waits for it: mesh/traffic; east is done and untouched',
      '  Fix    raise the quota or free an address, then:',
      '',
      '      meshwright retry prod west/gateway-address --reason "…"',
      '',
      '  Or     meshwright skip prod west/gateway-address --reason "…"   (goes on without: what goes through that gateway does not arrive until it has an address)',
      '         meshwright abort prod --reason "…"   (gives up; what is done stays)',
      `  UI     ${UI}`,
      '',
      'Nothing is lost: the run waits. (exit 3)',
    ]);
  });

  test('does not ask for a retry twice', () => {
    const steps = BLOCKED.progress.steps.map((step) => ({
      ...step,
      cure: 'raise the quota, then retry',
    }));
    const snapshot = { ...BLOCKED, progress: { ...BLOCKED.progress, steps } };
    expect(text(renderEnd(snapshot, UI, aLook()))).toContain('  Fix    raise the quota, then:');
  });

  test.each([
    ['applyControlPlane', 'InvalidObject'],
    ['applyControlPlane', 'ToolFailed'],
    ['planInstall', 'PrecheckFailed'],
  ])(
    '%s with %s is told how another file comes into its place, for a retry has the one that the run began with',
    (kind, failure) => {
      const [step] = BLOCKED.progress.steps.filter(({ state }) => state === 'blocked');
      if (step === undefined) throw new Error('no step is blocked');
      const ofTheFile = { ...step, kind, failure, cure: 'shorten the revision' };
      const snapshot = {
        ...BLOCKED,
        progress: {
          ...BLOCKED.progress,
          steps: BLOCKED.progress.steps.map((other) => (other === step ? ofTheFile : other)),
        },
      };
      expect(text(renderEnd(snapshot, UI, aLook())).slice(6, 11)).toEqual([
        '  Fix    shorten the revision; this run keeps the file it began with, so end it before you install the new one:',
        '',
        '      meshwright abort prod --reason "…"',
        '',
        '  Or     meshwright retry prod west/gateway-address --reason "…"   (where the file is right and something else was wrong)',
      ]);
    },
  );

  test('is to be begun anew where something is gone that no retry makes again', () => {
    const steps = BLOCKED.progress.steps.map((step) => ({
      ...step,
      failure: step.state === 'blocked' ? 'DeletedMeanwhile' : null,
      cure: 'begin anew',
    }));
    const snapshot = { ...BLOCKED, progress: { ...BLOCKED.progress, steps } };
    expect(text(renderEnd(snapshot, UI, aLook()))).toEqual(
      expect.arrayContaining([
        '  Fix    begin anew; this run does not make it again, so end it first:',
        '      meshwright abort prod --reason "…"',
        expect.stringMatching(
          /^ {9}meshwright retry prod west\/gateway-address .* {3}\(where it is there again\)$/u,
        ),
      ]),
    );
  });

  test('says who retried it before, and why', () => {
    const step = {
      ...BLOCKED.progress.steps[1]!,
      lastRetry: { by: 'ben@ci', reason: 'again', at: ago(60) },
    };
    const lines = text(
      renderEnd(aSnapshot([step], { operation: BLOCKED.progress.operation }), UI, aLook()),
    );
    expect(lines).toContain('  Tried  ben@ci retried it at 2026-11-21T10:04:00Z: "again"');
  });
});

describe('status', () => {
  test('shows every cluster with its control plane, what blocks and why, and the next command', () => {
    const lines = text(renderStatus(BLOCKED, UI, false, aLook()));
    expect(lines.slice(0, 9)).toEqual([
      'prod   install blocked for 2m41s   1/3 steps   run 01a1fd1c-772d   by ana@laptop',
      '',
      'CLUSTER   NETWORK    ROLE      CONTROL PLANE   GATEWAY     AGE     STEPS',
      'east      network1   primary   ● Reconciling   -           2m41s   ✔ 1/1 done',
      'west      network2   remote    ● Reconciling   <pending>   2m41s   ✖ 0/1 blocked',
      'mesh      -          -         -               -           -       ○ 0/1 pending',
      '',
      'STEP                   STATE       ATTEMPTS   SINCE    REASON',
      'west/gateway-address   ✖ blocked   1          12m00s   Service istio-system/istio-eastwestgateway got no external address',
    ]);
    expect(lines.at(-1)).toBe('next  meshwright retry prod west/gateway-address --reason "…"');
  });

  test('is the table of an operator within 100 columns, ingress gateways included', () => {
    const kinds = ['applyRemoteControlPlane', 'awaitClusterSync', 'awaitGatewayAddress'];
    const names = [
      'apply-remote-control-plane',
      'await-cluster-sync',
      'await-ingress-gateway-address',
    ];
    const step = (cluster: string, index: number, more: Partial<StepProgress>): StepProgress => ({
      ...aDoneStep(`${cluster}/${names[index]}`, 840),
      kind: kinds[index] ?? '',
      ...more,
    });
    const at = { state: 'running', since: ago(30), reason: 'injector silent' } as const;
    const snapshot = aSnapshot([
      ...[{}, {}, {}].map((more, index) => step('cluster1', index, more)),
      ...[{}, at, { state: 'waiting' } as const].map((more, index) =>
        step('cluster2', index, more),
      ),
      ...[{}, { ...at, state: 'blocked' } as const, {}].map((more, index) =>
        step('cluster3', index, more),
      ),
    ]);
    const clusters = snapshot.progress.clusters.map((cluster, index) => ({
      ...cluster,
      gatewayAddresses: [`198.18.${index + 1}.10`],
      ingressAddresses: index === 1 ? [] : [`198.18.${index + 1}.11`],
    }));
    const lines = text(
      renderStatus(aSnapshot(snapshot.progress.steps, { clusters }), UI, false, aLook()),
    );
    expect(lines.slice(2, 6)).toEqual([
      'CLUSTER    NETWORK    ROLE      CONTROL PLANE   GATEWAY       INGRESS       AGE      STEPS',
      'cluster1   network1   primary   ✔ Available     198.18.1.10   198.18.1.11   14m00s   ✔ 3/3 done',
      'cluster2   network2   remote    ● Reconciling   198.18.2.10   <pending>     2m41s    ◷ 1/3 waiting',
      'cluster3   network3   remote    ✖ Blocked       198.18.3.10   198.18.3.11   30s      ✖ 2/3 blocked',
    ]);
    expect(Math.max(...lines.slice(2, 6).map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('says once what can be done about what several steps are tried again for', () => {
    const retried = {
      state: 'retrying',
      reason: 'etcd of east is full',
      cure: 'compact etcd',
    } as const;
    const steps = ['east/a', 'east/b'].map((id) => aStep(id, retried));
    const waits = aStep('west/a', { state: 'waiting', reason: 'address', cure: 'no cure of it' });
    const lines = text(renderStatus(aSnapshot([...steps, waits]), UI, false, aLook()));
    expect(lines.filter((line) => line.startsWith('fix'))).toEqual(['fix   compact etcd']);
  });

  test('shows times as times when asked to', () => {
    expect(text(renderStatus(BLOCKED, UI, false, aLook({ timeFormat: 'iso' })))[8]).toContain(
      '2026-11-21T09:53:00Z',
    );
  });

  test('works before there is a plan', () => {
    const lines = text(
      renderStatus(aSnapshot([aStep('east/precheck'), aStep('mesh/plan')]), UI, true, aLook()),
    );
    expect(lines.join('\n')).toContain('east/precheck   ○ pending');
  });
});

describe('the end of an install', () => {
  const operation = { ...BLOCKED.progress.operation, finishedAt: ago(0) };

  test('says how many objects were changed', () => {
    const snapshot = aSnapshot([aDoneStep('east/base', 1)], {
      operation: { ...operation, state: 'succeeded' },
    });
    expect(text(renderEnd(snapshot, UI, aLook()))).toEqual([
      '✔ prod · install succeeded in 2m41s · 3 objects changed',
    ]);
  });

  test('says so when there was nothing to do', () => {
    const snapshot = aSnapshot([aDoneStep('east/base', 1, { changed: 0 })], {
      operation: { ...operation, state: 'succeeded' },
    });
    expect(text(renderEnd(snapshot, UI, aLook()))[0]).toContain('nothing to change');
  });

  test('names the failure of an operation that no step explains', () => {
    const failure = {
      type: 'Terminated',
      message: 'terminated by ana: enough',
      cure: null,
      lines: [],
    };
    const snapshot = aSnapshot([], { operation: { ...operation, state: 'failed' } }, { failure });
    expect(text(renderEnd(snapshot, UI, aLook()))[0]).toBe(
      '✖ prod · install failed after 2m41s: terminated by ana: enough',
    );
  });
});

describe('the end of an uninstall', () => {
  const operation = {
    ...BLOCKED.progress.operation,
    kind: 'uninstall' as const,
    finishedAt: ago(0),
  };
  const removal = aDoneStep('east/remove-cluster', 1, {
    kind: 'removeCluster',
    changed: 40,
    lines: ['3 pods still carry a sidecar: restart them'],
  });

  test('says how many objects were removed, and what stays where', () => {
    const snapshot = aSnapshot([removal], { operation: { ...operation, state: 'succeeded' } });
    expect(text(renderEnd(snapshot, UI, aLook()))).toEqual([
      '✔ prod · uninstall succeeded in 2m41s · 40 objects removed',
      '  east: 3 pods still carry a sidecar: restart them',
    ]);
    expect(text(renderStatus(snapshot, UI, false, aLook())).join('\n')).toMatch(
      /^prod {3}uninstalled [\s\S]*\nstays east: 3 pods still carry a sidecar: restart them\n/,
    );
  });

  test('names what was left behind, why, and what to do', () => {
    const left = aDoneStep('west/remove-cluster', 1, {
      kind: 'removeCluster',
      state: 'skipped',
      changed: 0,
      reason: 'left behind, what is in it stays: connection refused',
      failure: 'ClusterUnreachable',
      cure: 'when the cluster can be reached again: meshwright uninstall prod',
    });
    const snapshot = aSnapshot([removal, left], { operation: { ...operation, state: 'failed' } });
    expect(text(renderEnd(snapshot, UI, aLook()))).toEqual([
      '✖ prod · uninstalled in 2m41s but for west · 40 objects removed',
      '  west: left behind, what is in it stays: connection refused',
      '  east: 3 pods still carry a sidecar: restart them',
      '  try: when the cluster can be reached again: meshwright uninstall prod',
      `  UI   ${UI}`,
    ]);
    expect(text(renderStatus(snapshot, UI, false, aLook())).at(-1)).toContain(
      'meshwright uninstall prod',
    );
  });
});

describe('the verify matrix', () => {
  const pair = (from: string, to: string, answers: number): VerifyPair => {
    const ok = answers > 0;
    return { from, to, ok, requests: 20, answers, reason: ok ? null : 'unknown CA' };
  };
  const pairs = [
    pair('east', 'east', 11),
    pair('east', 'west', 9),
    pair('west', 'east', 0),
    pair('west', 'west', 20),
  ];
  const report = {
    apiVersion: 'meshwright.dev/v1alpha1',
    kind: 'VerifyReport',
    mesh: 'prod',
    ok: false,
    pairs,
  } as const;

  test('shows who answers whom, and why a pair does not', () => {
    expect(text(renderVerifyMatrix(report, aLook()))).toEqual([
      'from ↓ to →   east      west',
      'east          ✔ 11/20   ✔ 9/20',
      'west          ✖ 0/20    ✔ 20/20',
      '',
      '3/4 pairs · 20 requests from each cluster',
      '',
      '✖ west → east: east answered 0 of 20 requests: unknown CA',
    ]);
  });

  test('keeps its columns under ASCII', () => {
    const look = aLook({ ascii: true });
    expect(text(renderVerifyMatrix(report, look), look).slice(0, 3)).toEqual([
      'from v to ->   east       west',
      'east           ok 11/20   ok 9/20',
      'west           XX 0/20    ok 20/20',
    ]);
  });
});

describe('a plan', () => {
  const plan = {
    ...aPlan({ 'cluster1/base': [], 'cluster2/base': ['cluster1/base'] }),
    summary: ['mesh mesh1 · two', 'cluster1 · primary', 'trust · new'],
  };

  test('is shown by facts and by cluster', () => {
    expect(text(renderPlan(aMeshSpec(), plan, false, aLook()))).toEqual([
      'mesh mesh1 · two',
      '  cluster1   primary',
      '  trust      new',
      '',
      '  CLUSTER    STEPS   WHAT',
      '  cluster1   1       base',
      '  cluster2   1       base',
      '',
      'Plan 0123456789ab · 2 steps, each starts as soon as what it needs is done',
    ]);
  });

  test('lists every step with what it needs when asked for more', () => {
    expect(text(renderPlan(aMeshSpec(), plan, true, aLook()))).toContain(
      '  cluster2/base   exposeServices   always   cluster1/base',
    );
  });
});
