import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import type { PlanStep } from '../../../../mesh/plan/plan.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function aMesh(injector: 'primary' | 'local'): MeshSpec {
  const controlPlane = {
    kind: 'remote',
    primary: 'cluster1',
    discovery: 'gateway',
    injector,
  } as const;
  const remote = aCluster('cluster2', 'network2', 'cluster1', { controlPlane });
  return aMeshSpec({ clusters: [aCluster('cluster1', 'network1'), remote] });
}

function stepsOf(injector: 'primary' | 'local'): (id: string) => PlanStep | undefined {
  const spec = aMesh(injector);
  const { steps } = planInstall(spec, factsOf(spec), sha256);
  return (id) => steps.find((step) => step.id === id);
}

test('a local injector starts after its definitions, and what its cluster injects waits for it', () => {
  const local = stepsOf('local');
  expect(local('cluster2/apply-remote-control-plane')).toMatchObject({
    needs: expect.arrayContaining(['cluster2/apply-definitions', 'cluster2/create-ca-secret']),
    input: { injector: 'local' },
  });
  expect(local('cluster2/await-injector')).toMatchObject({
    kind: 'awaitControlPlane',
    needs: ['cluster2/apply-remote-control-plane'],
    input: { cluster: { name: 'cluster2' } },
  });
  expect(local('cluster2/await-cluster-sync')?.needs).toContain('cluster2/await-injector');
  expect(local('cluster1/apply-control-plane')?.input).toMatchObject({ localInjectors: true });
  // its pods have another discovery address then, so they are made anew
  expect(local('cluster2/apply-gateway')?.input).toMatchObject({ injector: 'local' });
  expect(local('cluster1/apply-gateway')?.input).not.toHaveProperty('injector');
});

test('a remote whose primary injects has no step for it', () => {
  const plain = stepsOf('primary');
  expect(plain('cluster2/await-injector')).toBeUndefined();
  expect(plain('cluster2/apply-remote-control-plane')?.input).not.toHaveProperty('injector');
  expect(plain('cluster1/apply-control-plane')?.input).not.toHaveProperty('localInjectors');
});
