import { describe, expect, test } from '@jest/globals';
import { planInstall } from '../../../../mesh/plan/install-plan.ts';
import { topologyOf } from '../../../../mesh/plan/topology.ts';
import type { MeshSpec } from '../../../../mesh/spec/mesh-spec.ts';
import { changeText } from '../../../../mesh/sync/change-text.ts';
import { followSpecOf } from '../../../../mesh/sync/follow-spec.ts';
import { lookOf } from '../../../../mesh/sync/target-look.ts';
import { aCluster, aMeshSpec, factsOf } from '../../../support/a-mesh-spec.ts';

function followed(spec: MeshSpec): string[] {
  return followSpecOf(spec, topologyOf(spec), 'digest').targets.map((target) => {
    switch (target.kind) {
      case 'discovery':
        return `${target.id} ${target.discovery} of ${target.primary.name}`;
      case 'meshNetworks':
        return `${target.id} ${target.networks.map(({ name }) => name).join()}`;
      case 'stubServices':
        return `${target.id} ${target.clusters.map(({ name }) => name).join()}`;
      case 'import':
        return `${target.id} of ${target.owner.name}`;
    }
  });
}

describe('what is followed after an install', () => {
  test('is where every remote finds its istiod', () => {
    const spec = aMeshSpec();
    expect(
      followed({ ...spec, networks: spec.networks.map((n) => ({ ...n, gateways: 'discovered' })) }),
    ).toEqual(['cluster2/istiod-address gateway of cluster1']);
  });

  test('is another slice where a remote injects for itself', () => {
    const spec = aMeshSpec();
    const clusters = spec.clusters.map((cluster) => ({
      ...cluster,
      controlPlane:
        cluster.controlPlane.kind === 'remote'
          ? { ...cluster.controlPlane, injector: 'local' as const }
          : cluster.controlPlane,
    }));
    const slices = [spec, { ...spec, clusters }].map((mesh) =>
      followSpecOf(mesh, topologyOf(mesh), 'digest').targets.map((target) =>
        target.kind === 'discovery' ? target.slice : target.kind,
      ),
    );
    expect(slices).toEqual([['istiod'], ['istiod-remote']]);
  });

  test('is the list of networks in every primary, where gateways are listed', () => {
    const spec = aMeshSpec();
    const listed = spec.networks.map((network) => ({
      ...network,
      gateways: 'meshNetworks' as const,
    }));
    expect(followed({ ...spec, networks: listed })).toEqual([
      'cluster2/istiod-address gateway of cluster1',
      'cluster1/mesh-networks network1,network2',
    ]);
  });

  test('is the stub Services of every cluster, where names are resolved by them', () => {
    const spec = aMeshSpec({ nameResolution: 'stubServices' });
    expect(followed(spec)).toEqual([
      'cluster2/istiod-address gateway of cluster1',
      'cluster1/stub-services cluster1,cluster2',
      'cluster2/stub-services cluster1,cluster2',
    ]);
  });

  test('is the owner’s gateway wherever an exported service is called', () => {
    const clusters = ['c1', 'c2', 'c3'].map((name) => aCluster(name, `n-${name}`));
    const entry = { cluster: 'c2', namespace: 'bar', service: 'a', address: null, subsets: [] };
    const exports = [{ ...entry, to: ['c1', 'c3'], through: 'direct' as const }];
    expect(followed(aMeshSpec({ topology: 'replicated', clusters, exports }))).toEqual([
      'c1/import-a.bar of c2',
      'c3/import-a.bar of c2',
    ]);
  });

  test('is nothing in a mesh of primaries whose gateways are discovered', () => {
    const spec = aMeshSpec();
    const clusters = spec.clusters.map((cluster) => ({
      ...cluster,
      controlPlane: { kind: 'primary' as const },
    }));
    const networks = spec.networks.map((network) => ({
      ...network,
      gateways: 'discovered' as const,
    }));
    expect(followed({ ...spec, clusters, networks })).toEqual([]);
  });

  test('is handed over by a step of every plan that holds up nothing and waits for nothing', () => {
    const spec = aMeshSpec();
    const { steps } = planInstall(spec, factsOf(spec), () => '0'.repeat(64));
    const follow = steps.find((step) => step.kind === 'followMesh');
    expect(follow).toMatchObject({ id: 'mesh/follow', needs: [], when: 'always' });
    expect(steps.filter((step) => step.needs.includes('mesh/follow'))).toEqual([]);
  });
});

describe('a look', () => {
  const target = 'cluster2/istiod-address';

  test('differs when the addresses do, whether some vanished or not', () => {
    const reading = { live: ['a'], wanted: ['b'], vanished: null };
    expect(lookOf(target, reading).state).toBe('differs');
    expect(lookOf(target, { ...reading, vanished: 'one of two is gone' }).state).toBe('differs');
  });

  test('keeps the last good addresses when nobody knows better ones', () => {
    expect(lookOf(target, { live: ['a'], wanted: ['a'], vanished: 'no address' })).toMatchObject({
      state: 'kept',
      reason: 'no address',
    });
  });

  test('finds nothing to write where the object is missing', () => {
    expect(lookOf(target, { live: null, wanted: ['b'], vanished: null }).state).toBe('absent');
  });
});

test.each([
  [['198.18.1.1'], ['198.18.1.2'], 'istiod at 198.18.1.2 (was 198.18.1.1)'],
  [['a', 'b'], ['a', 'c'], 'istiod at c (was b)'],
  [['a', 'b'], ['a'], 'istiod at a (was b)'],
  [['a'], ['a', 'b'], 'istiod at b'],
])('a change from %j to %j is told in one line', (before, after, line) => {
  expect(changeText('istiod at', before, after)).toBe(line);
});
