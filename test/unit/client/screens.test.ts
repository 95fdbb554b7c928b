import { describe, expect, test } from '@jest/globals';
import { writeLines } from '../../../client/render/look.ts';
import type { Line } from '../../../client/render/look.ts';
import { renderEnd } from '../../../client/render/operation-end.ts';
import { renderPlan } from '../../../client/render/plan-screen.ts';
import { renderStatus } from '../../../client/render/status-screen.ts';
import { renderVerifyMatrix } from '../../../client/render/verify-matrix.ts';
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
      `  UI     ${UI}`,
      '',
      'Nothing is lost: the run waits. (exit 3)',
    ]);
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
  test('shows every cluster with the step that matters most, and the next command', () => {
    const lines = text(renderStatus(BLOCKED, UI, false, aLook()));
    expect(lines.slice(0, 6)).toEqual([
      'prod   install blocked for 2m41s   1/3 steps   run 01a1fd1c-772d   by ana@laptop',
      '',
      'CLUSTER   NETWORK    ROLE      GATEWAY     STEPS   STATE       SINCE    REASON',
      'east      network1   primary   -           1/1     ✔ done      1m30s    -',
      'west      network2   remote    <pending>   0/1     ✖ blocked   12m00s   gateway address: Service istio-system/istio-eastwestgateway got no external address',
      'mesh      -          -         -           0/1     ○ pending   -        -',
    ]);
    expect(lines.at(-1)).toBe('next  meshwright retry prod west/gateway-address --reason "…"');
  });

  test('shows times as times when asked to', () => {
    expect(text(renderStatus(BLOCKED, UI, false, aLook({ timeFormat: 'iso' })))[4]).toContain(
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
