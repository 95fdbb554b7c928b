import { exportAddresses } from '../istio/export-address.ts';
import { exportHost } from '../istio/export-names.ts';
import type { MeshSpec } from '../spec/mesh-spec.ts';
import type { PlanStep } from './plan.ts';
import { hasLocalInjector } from './control-plane-input.ts';
import type { FactsByCluster } from './refuse-install.ts';
import type { Topology } from './topology.ts';

/** What a person should know of how names are resolved. */
const NAMES: { [mode in MeshSpec['nameResolution']]: string[] } = {
  cluster: [],
  stubServices: ['names · stub Services for what exists in other clusters only'],
  dnsCapture: [
    'names · sidecars answer for Services of other clusters; pods that run already must be created again',
  ],
};

/** What a summary is written from. */
export type SummarySource = {
  /** The file. */
  spec: MeshSpec;
  /** Its shape, with clusters that are away. */
  topology: Topology;
  /** What the prechecks read. */
  facts: FactsByCluster;
  /** Clusters that the plan leaves out. */
  away: ReadonlySet<string>;
  /** Whether the traffic between all others was verified before. */
  verified: boolean;
  /** What takes away that which the file no longer has: now, or when nobody is away. */
  removals: readonly PlanStep[];
};

/** Writes what a person should know before confirming: the mesh, each cluster, trust, networks, one line each. */
export function planSummary(source: SummarySource): string[] {
  const { spec, topology, facts, away, verified, removals } = source;
  return [
    `mesh ${spec.name} · ${topology.name} · ${count(spec.clusters.length, 'cluster')} on ${count(topology.networks.length, 'network')} · Istio ${spec.istio.version}${spec.istio.revision === null ? '' : ` revision ${spec.istio.revision}`}`,
    ...spec.clusters.map((cluster) =>
      away.has(cluster.name)
        ? awayLine(cluster, away)
        : clusterLine(spec, topology, facts, cluster),
    ),
    ...exportLines(spec, away),
    ...removals.map((step) => removalLine(step, away)),
    trustLine(spec, facts),
    ...clockLines(spec, facts),
    ...(topology.networks.length > 1 && !topology.isReplicated
      ? topology.networks.map(
          (network) =>
            `network ${network.name} · gateways ${network.gateways === 'discovered' ? 'discovered by label' : 'listed in meshNetworks'}`,
        )
      : []),
    ...NAMES[spec.nameResolution],
    ...injectorLines(spec, facts),
    trafficLine(away, verified),
  ];
}

/** Certificates are dated by the clock of whoever makes them. */
function clockLines(spec: MeshSpec, facts: FactsByCluster): string[] {
  return spec.clusters.flatMap(({ name }) => {
    const aheadMs = facts.get(name)?.clockAheadMs ?? 0;
    if (aheadMs === 0) return [];
    const minutes = Math.round(Math.abs(aheadMs) / 60_000);
    return [
      `clock · ${name} is ${count(minutes, 'minute')} ${aheadMs > 0 ? 'ahead of' : 'behind'} the worker: certificates and tokens may count as expired or not valid yet; set its clock`,
    ];
  });
}

function trafficLine(away: ReadonlySet<string>, verified: boolean): string {
  if (verified)
    return 'traffic · verified before with this file; verified again only if something changes';
  return away.size === 0
    ? 'traffic · verified between all clusters at the end'
    : 'traffic · verified between the other clusters at the end, between all when nobody is away';
}

function awayLine(
  { name, controlPlane }: MeshSpec['clusters'][number],
  away: ReadonlySet<string>,
): string {
  return controlPlane.kind === 'remote' && away.has(controlPlane.primary)
    ? `${name} waits for its primary ${controlPlane.primary}`
    : `${name} is away: it is attached when it can be reached`;
}

function clusterLine(
  spec: MeshSpec,
  topology: Topology,
  facts: FactsByCluster,
  cluster: MeshSpec['clusters'][number],
): string {
  const fact = facts.get(cluster.name);
  const role =
    cluster.controlPlane.kind === 'primary'
      ? 'primary'
      : `remote of ${cluster.controlPlane.primary}${hasLocalInjector(cluster) ? ' with a local injector' : ''}`;
  const found = fact?.istio.state === 'ours' ? foundVersion(cluster, facts) : 'none';
  const gateway = topology.gateways.has(cluster.name)
    ? ` · gateway ${fact?.gatewayAddresses.join(', ') || 'new'}`
    : '';
  const edge =
    cluster.gateways.length === 0 ? '' : ` · ${cluster.gateways.join(' and ')} at the edge`;
  return `${cluster.name} · ${role} · ${cluster.network} · Kubernetes ${fact?.kubernetesVersion ?? 'unknown'} · Istio ${
    found === spec.istio.version ? found : `${found} → ${spec.istio.version}`
  }${gateway}${edge}`;
}

/** What a remote has of Istio says no version: it is served by its primary. */
function foundVersion(
  { name, controlPlane }: MeshSpec['clusters'][number],
  facts: FactsByCluster,
): string {
  const serving = controlPlane.kind === 'remote' ? [name, controlPlane.primary] : [name];
  const versions = serving.flatMap((each) => {
    const istio = facts.get(each)?.istio;
    return istio?.state === 'ours' ? (istio.version ?? []) : [];
  });
  return versions[0] ?? 'unknown version';
}

function exportLines(spec: MeshSpec, away: ReadonlySet<string>): string[] {
  const addresses = exportAddresses(spec.exports);
  return spec.exports.flatMap((entry) => {
    const host = exportHost(entry);
    const callers = entry.to.filter((name) => !away.has(name));
    if (away.has(entry.cluster) || callers.length === 0) return [];
    return [
      `export ${host} (${addresses.get(host) ?? ''}) · ${entry.cluster} to ${callers.join(', ')} · ${
        entry.through === 'direct' ? 'directly' : 'through egress gateways'
      }`,
    ];
  });
}

function removalLine(step: PlanStep, away: ReadonlySet<string>): string {
  const when = away.size === 0 ? '' : ' when no cluster is away';
  if (step.kind === 'removeComponent')
    return `${step.input.cluster.name} · ${step.input.component} · no longer asked for, removed${when}`;
  return `${step.cluster ?? ''} · leaves the mesh · everything of the mesh in it is removed${when}`;
}

function trustLine(spec: MeshSpec, facts: FactsByCluster): string {
  const holders = [...facts.values()].filter((fact) => fact.rootFingerprint !== null);
  const root = holders[0]?.rootFingerprint;
  const missing = facts.size - holders.length;
  if (root === undefined || root === null) {
    const keeper =
      spec.trust.source === 'generated' && spec.trust.home !== null
        ? spec.trust.home
        : 'the worker';
    return `trust · root CA kept by ${keeper} · ${count(missing, 'intermediate')} to make`;
  }
  return `trust · root CA sha256:${root.slice(0, 16)}… · ${
    missing === 0
      ? 'every cluster has its intermediate'
      : `${count(missing, 'intermediate')} to make`
  }`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A remote that changes its injector leaves sidecars with the address of the wrong istiod; istiod runs in a remote only as its injector. */
function injectorLines(spec: MeshSpec, facts: FactsByCluster): string[] {
  return spec.clusters.flatMap((cluster) => {
    const { istio, record } = facts.get(cluster.name) ?? {};
    if (cluster.controlPlane.kind !== 'remote' || istio?.state !== 'ours' || !record) return [];
    if ((istio.version !== null) === hasLocalInjector(cluster)) return [];
    return [
      `${cluster.name} · its injector changes; pods that run there already must be created again`,
    ];
  });
}
