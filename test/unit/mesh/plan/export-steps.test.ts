import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { componentOf } from '../../../../mesh/plan/components.ts';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import type { Plan } from '../../../../mesh/plan/plan.ts';
import type { ExportSpec, MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function anExport(service: string, more: Partial<ExportSpec> = {}): ExportSpec {
  return {
    cluster: 'c2',
    namespace: 'bar',
    service,
    to: ['c1'],
    through: 'direct',
    address: null,
    subsets: [],
    ...more,
  };
}

function replicated(...exports: ExportSpec[]): MeshSpec {
  const clusters = [aCluster('c1', 'n1'), aCluster('c2', 'n2'), aCluster('c3', 'n2')];
  return aMeshSpec({ topology: 'replicated', clusters, exports });
}

/** Plans a mesh over what another plan has made. */
function planAfter(before: Plan, spec: MeshSpec): Plan {
  const held = before.steps.flatMap((step) => componentOf(step) ?? []);
  const facts = factsOf(
    spec,
    Object.fromEntries(
      spec.clusters.map(({ name }) => [
        name,
        { components: held.filter(({ cluster }) => cluster === name).map((each) => each.name) },
      ]),
    ),
  );
  return planInstall(spec, facts, sha256);
}

const fresh = (spec: MeshSpec): Plan => planInstall(spec, factsOf(spec), sha256);
const idsOf = (plan: Plan, ...kinds: string[]): string[] =>
  plan.steps.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);

test('a replicated mesh shares nothing by itself: no remote secrets, no exposed services, a gateway in every cluster', () => {
  const plan = fresh(replicated());
  expect(
    idsOf(plan, 'createRemoteSecret', 'exposeServices', 'awaitMeshSync', 'patchMeshNetworks'),
  ).toEqual([]);
  expect(idsOf(plan, 'awaitGateway')).toEqual([
    'c1/await-gateway',
    'c2/await-gateway',
    'c3/await-gateway',
  ]);
  const inputs = plan.steps.map(({ kind, input }) => [kind, input]);
  expect(inputs).toContainEqual([
    'applyControlPlane',
    expect.objectContaining({ dnsCapture: true, remotes: [], meshNetworks: null }),
  ]);
  expect(inputs).toContainEqual([
    'applyGateway',
    expect.objectContaining({ services: true, part: 'service' }),
  ]);
});

test('an export is one step of its owner and one of each caller, and nothing else waits for them', () => {
  const plan = fresh(replicated(anExport('a', { to: ['c1', 'c3'] }), anExport('b')));
  const ids = idsOf(plan, 'applyExport', 'applyImport');
  expect(ids).toEqual([
    'c1/import-a.bar',
    'c1/import-b.bar',
    'c2/export-a.bar',
    'c2/export-b.bar',
    'c3/import-a.bar',
  ]);
  const needed = plan.steps.flatMap(({ needs }) => needs);
  expect(needed.filter((need) => ids.includes(need))).toEqual([]);
});

test('an export that the file no longer has is removed on both sides, without waiting for any other export', () => {
  const before = fresh(replicated(anExport('a'), anExport('b')));
  const plan = planAfter(before, replicated(anExport('b')));
  expect(idsOf(plan, 'removeComponent')).toEqual([
    'c1/remove-import-a.bar',
    'c2/remove-export-a.bar',
  ]);
  const needs = plan.steps
    .filter(({ kind }) => kind === 'removeComponent')
    .flatMap((each) => each.needs);
  expect(needs.filter((need) => need.includes('port-b'))).toEqual([]);
  expect(needs).toContain('c2/await-gateway');
});

test('a caller that is no longer named loses its side alone', () => {
  const before = fresh(replicated(anExport('a', { to: ['c1', 'c3'] })));
  expect(idsOf(planAfter(before, replicated(anExport('a'))), 'removeComponent')).toEqual([
    'c3/remove-import-a.bar',
  ]);
});
