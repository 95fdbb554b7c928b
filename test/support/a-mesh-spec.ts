import type { ClusterFacts } from '../../mesh/plan/cluster-facts.ts';
import type { ClusterSurvey } from '../../mesh/plan/cluster-survey.ts';
import type { ClusterSpec, IstioSpec, MeshSpec } from '../../mesh/spec/mesh-spec.ts';

/** A cluster for tests: `cluster1` on `network1` by itself, a remote when it says of whom. */
export function aCluster(
  name: string,
  network: string,
  remoteOf?: string,
  more: Partial<ClusterSpec> = {},
): ClusterSpec {
  return {
    name,
    context: `kind-${name}`,
    apiServer: `https://${name}.example.com:6443`,
    network,
    controlPlane:
      remoteOf === undefined
        ? { kind: 'primary' }
        : { kind: 'remote', primary: remoteOf, discovery: 'gateway', injector: 'primary' },
    gateways: [],
    values: {},
    meshConfig: {},
    ...more,
  };
}

/** A spec for tests, primary-remote on two networks unless it says otherwise; its networks are those of its clusters. */
export function aMeshSpec(
  more: Partial<Omit<MeshSpec, 'istio'>> & { istio?: Partial<IstioSpec> } = {},
): MeshSpec {
  const clusters = more.clusters ?? [
    aCluster('cluster1', 'network1'),
    aCluster('cluster2', 'network2', 'cluster1'),
  ];
  return {
    name: 'mesh1',
    meshId: 'mesh1',
    trustDomain: 'cluster.local',
    topology: 'multicluster',
    nameResolution: 'cluster',
    exports: [],
    trust: { source: 'generated', home: null },
    networks: [...new Set(clusters.map((cluster) => cluster.network))].map((name) => ({
      name,
      gateways: 'discovered',
    })),
    timeouts: {
      gatewayAddressMs: 600_000,
      controlPlaneMs: 300_000,
      clusterSyncMs: 300_000,
      gatewayReadyMs: 300_000,
      verifyMs: 180_000,
    },
    verify: { image: 'busybox:1.37', requests: 20 },
    ...more,
    clusters,
    istio: {
      version: '1.30.4',
      namespace: 'istio-system',
      revision: null,
      hub: null,
      tag: null,
      values: {},
      meshConfig: {},
      resources: [],
      ...more.istio,
    },
  };
}

/** Facts of every cluster of a spec, empty and reachable unless `more` says otherwise for a cluster. */
export function factsOf(
  spec: MeshSpec,
  more: { [cluster: string]: Partial<ClusterFacts> } = {},
): ClusterFacts[] {
  return spec.clusters.map(({ name }) => ({
    cluster: name,
    kubernetesVersion: 'v1.36.3',
    contextServer: `https://${name}.example.com:6443`,
    rootFingerprint: null,
    istio: { state: 'none' },
    gatewayAddresses: [],
    verifiedDigest: null,
    ...more[name],
  }));
}

/** Surveys of every cluster of a spec, each with the mesh in it unless `more` says otherwise for a cluster. */
export function surveysOf(
  spec: MeshSpec,
  more: { [cluster: string]: Partial<ClusterSurvey> } = {},
): ClusterSurvey[] {
  return spec.clusters.map(({ name }) => ({
    cluster: name,
    unreachable: null,
    uid: `uid-${name}`,
    present: true,
    components: [],
    leavers: [],
    links: [],
    sidecars: 0,
    holdsRoot: false,
    ...more[name],
  }));
}
