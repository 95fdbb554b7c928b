import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ClusterFacts } from '../../../../mesh/plan/cluster-facts.ts';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import type { Plan, PlanStep } from '../../../../mesh/plan/plan.ts';
import type { StepInputs, StepKind } from '../../../../mesh/plan/step-inputs.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const planOf = (spec: MeshSpec, more: { [cluster: string]: Partial<ClusterFacts> } = {}): Plan =>
  planInstall(spec, factsOf(spec, more), sha256);

function inputOf<K extends StepKind>(
  steps: readonly PlanStep[],
  id: string,
  kind: K,
): StepInputs[K] {
  const found = steps.find((step) => step.id === id);
  expect(found?.kind).toBe(kind);
  return found?.input as StepInputs[K];
}

describe('the plan of how names are resolved', () => {
  test('makes stub Services in every cluster from what all of them have, where the file asks for it', () => {
    const { steps, summary } = planOf(aMeshSpec({ nameResolution: 'stubServices' }));
    const stubs = steps.filter((step) => step.kind === 'applyStubServices');
    expect(stubs.map(({ id, needs }) => [id, needs])).toEqual([
      ['cluster1/stub-services', ['cluster1/prepare-namespace']],
      ['cluster2/stub-services', ['cluster2/prepare-namespace']],
    ]);
    const names = inputOf(steps, 'cluster1/stub-services', 'applyStubServices').clusters;
    expect(names.map(({ name }) => name)).toEqual(['cluster1', 'cluster2']);
    expect(summary).toContain('names · stub Services for what exists in other clusters only');
  });

  test('takes stub Services away when the file no longer asks for them', () => {
    const { steps } = planOf(aMeshSpec(), { cluster2: { components: ['stub-services'] } });
    expect(steps.map(({ id }) => id)).toContain('cluster2/remove-stub-services');
  });

  test('lets sidecars capture DNS in every control plane, and says who must be created again', () => {
    const { steps, summary } = planOf(aMeshSpec({ nameResolution: 'dnsCapture' }));
    expect(inputOf(steps, 'cluster1/apply-control-plane', 'applyControlPlane').dnsCapture).toBe(
      true,
    );
    expect(summary.join('\n')).toContain('pods that run already must be created again');
    expect(
      inputOf(planOf(aMeshSpec()).steps, 'cluster1/apply-control-plane', 'applyControlPlane'),
    ).not.toHaveProperty('dnsCapture');
  });

  test('is refused with DNS capture where Services of two clusters share addresses', () => {
    const shared = {
      cluster1: { serviceRanges: ['10.96.0.0/12'] },
      cluster2: { serviceRanges: ['10.98.0.0/16'] },
    };
    expect(() => planOf(aMeshSpec({ nameResolution: 'dnsCapture' }), shared)).toThrow(
      'Services of cluster1 and cluster2 share addresses (10.96.0.0/12 and 10.98.0.0/16)',
    );
    expect(() => planOf(aMeshSpec({ nameResolution: 'stubServices' }), shared)).not.toThrow();
  });
});
