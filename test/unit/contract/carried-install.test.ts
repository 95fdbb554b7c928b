import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  carriedState,
  carriedStep,
  carriedSteps,
  progressOfCarried,
} from '../../../contract/carried-install.ts';
import { NOTHING_YET } from '../../../contract/fresh-step.ts';
import type { StepProgress } from '../../../contract/mesh-status.ts';
import { planInstall } from '../../../mesh/plan/install-plan.ts';
import type { PlanStep } from '../../../mesh/plan/plan.ts';
import { planOfRecord, recordedPlan } from '../../../mesh/plan/recorded-plan.ts';
import { aCluster, aMeshSpec, factsOf } from '../../support/a-mesh-spec.ts';

/** What Temporal takes in one payload. */
const PAYLOAD_BYTES = 2 * 1024 * 1024;
const AT = '2026-11-26T10:00:00.000Z';

/** Fifty primaries with long names on a network each, every gateway listed: nothing that we install has more steps. */
function largest() {
  const spec = aMeshSpec({
    clusters: Array.from({ length: 50 }, (_, index) =>
      aCluster(`production-cluster-${index}`, `production-network-${index}`),
    ),
  });
  const networks = spec.networks.map((network) => ({
    ...network,
    gateways: 'meshNetworks' as const,
  }));
  const listed = { ...spec, networks };
  const plan = planInstall(listed, factsOf(listed), (text) =>
    createHash('sha256').update(text).digest('hex'),
  );
  return { spec: listed, plan };
}

function progressOf(
  { id, cluster, kind, title, needs }: PlanStep,
  more: Partial<StepProgress>,
): StepProgress {
  return { ...NOTHING_YET, id, cluster, kind, title, needs, ...more };
}

describe('what a run hands to the next', () => {
  test('is every step with all that is known of it', () => {
    const { plan } = largest();
    const [step] = plan.steps;
    if (step === undefined) throw new Error('a plan has steps');
    const known = progressOf(step, {
      state: 'blocked',
      attempts: 3,
      since: AT,
      startedAt: AT,
      reason: 'may not patch services',
      failure: 'Forbidden',
      cure: 'grant it',
      lines: ['verb patch'],
      lastRetry: { by: 'ana@laptop', reason: 'granted', at: AT },
    });
    const outcome = { changed: 2, summary: '2 objects', gatewayAddresses: ['203.0.113.1'] };
    const board = [carriedStep(known, 2, outcome)];
    const state = carriedState({ open: [step], board }, aMeshSpec());
    const read = carriedSteps(JSON.parse(JSON.stringify({ startedAt: AT, plan: null, state })));
    expect(read.open).toEqual([step]);
    expect(read.board).toMatchObject([
      { rounds: 2, outcome: { gatewayAddresses: ['203.0.113.1'] } },
    ]);
    expect(read.board.map(progressOfCarried)).toEqual([known]);
  });

  test('fits into a payload when half of the largest plan is done', () => {
    const { spec, plan } = largest();
    const half = plan.steps.length / 2;
    const done = { state: 'done', attempts: 1, since: AT, startedAt: AT, finishedAt: AT } as const;
    const board = plan.steps.map((step, index) => {
      const reason = `object ${index} of ${step.cluster} made`;
      return carriedStep(
        progressOf(step, index < half ? { ...done, reason } : {}),
        index < half ? 1 : 0,
        undefined,
      );
    });
    const state = carriedState({ open: plan.steps.slice(half), board }, spec);
    const bytes = Buffer.byteLength(JSON.stringify({ spec, carried: { state } }));
    expect(bytes).toBeLessThan(PAYLOAD_BYTES);
  });

  test('fits when a thousand steps are blocked, each with its own reason and lines', () => {
    const { spec, plan } = largest();
    const board = plan.steps.map((step, index) => {
      const failure = {
        state: 'blocked' as const,
        attempts: 1,
        since: AT,
        startedAt: AT,
        failure: 'Forbidden',
        reason: `${index} ${'why '.repeat(170)}`,
        cure: `${index} ${'cure '.repeat(58)}`,
        lines: Array.from({ length: 10 }, (_, line) => `${index} ${line} ${'fact '.repeat(18)}`),
      };
      return carriedStep(
        progressOf(step, index < 1_000 ? failure : {}),
        index < 1_000 ? 1 : 0,
        undefined,
      );
    });
    const state = carriedState({ open: plan.steps, board }, spec);
    const read = carriedSteps({ startedAt: AT, plan: null, state });
    expect(Buffer.byteLength(JSON.stringify({ spec, carried: { state } }))).toBeLessThan(
      PAYLOAD_BYTES,
    );
    expect(read.board[999]).toMatchObject({ state: 'blocked', failure: 'Forbidden' });
    expect(read.board[999]?.reason).toMatch(/^999 why/u);
    expect(read.board.map(({ id, title }) => [id, title])).toEqual(
      plan.steps.map(({ id, title }) => [id, title]),
    );
  });
});

describe('a plan that crosses Temporal', () => {
  test('fits into a payload, and is read as it was planned', () => {
    const { plan } = largest();
    const recorded = JSON.parse(JSON.stringify(recordedPlan(plan)));
    expect(Buffer.byteLength(JSON.stringify(recorded))).toBeLessThan(PAYLOAD_BYTES);
    expect(planOfRecord(recorded)).toEqual(plan);
  });

  test('can be read by people when it is small', () => {
    const plan = { digest: 'd', summary: [], steps: [] };
    expect(recordedPlan(plan)).toEqual(plan);
  });
});
