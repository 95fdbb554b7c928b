import { exportAddresses } from '../istio/export-address.ts';
import { exportComponent, exportHost, importComponent } from '../istio/export-names.ts';
import type { ClusterSpec, ExportSpec, MeshSpec } from '../spec/mesh-spec.ts';
import { clusterRef } from './cluster-ref.ts';
import type { PlanStep } from './plan.ts';
import type { StepInputs } from './step-inputs.ts';
import { step } from './step.ts';

/** What a cluster exports, and what it calls of others; one step each, so that one that cannot be made holds back no other. */
export function exportSteps(spec: MeshSpec, cluster: ClusterSpec): PlanStep[] {
  const addresses = exportAddresses(spec.exports);
  return spec.exports.flatMap((entry) => {
    if (entry.cluster === cluster.name) return [exportStep(spec, cluster, entry)];
    if (!entry.to.includes(cluster.name)) return [];
    return [importStep(spec, cluster, entry, addresses.get(exportHost(entry)) ?? null)];
  });
}

/** The steps that are no export's: what the mesh itself needs, and all that anything may wait for. */
export function withoutExports(steps: readonly PlanStep[]): PlanStep[] {
  return steps.filter(({ kind }) => kind !== 'applyExport' && kind !== 'applyImport');
}

function exportStep(spec: MeshSpec, cluster: ClusterSpec, entry: ExportSpec): PlanStep {
  const { service, namespace } = entry;
  return step(
    'applyExport',
    cluster.name,
    exportComponent(entry),
    `export ${service}.${namespace}`,
    [`${cluster.name}/apply-definitions`],
    {
      cluster: clusterRef(cluster),
      mesh: spec.name,
      namespace: spec.istio.namespace,
      service: { service, namespace },
      subsets: entry.subsets,
    },
  );
}

function importStep(
  spec: MeshSpec,
  cluster: ClusterSpec,
  entry: ExportSpec,
  address: string | null,
): PlanStep {
  return step(
    'applyImport',
    cluster.name,
    importComponent(entry),
    `import ${entry.service}.${entry.namespace}`,
    [`${cluster.name}/apply-definitions`, `${entry.cluster}/await-gateway-address`],
    { ...importInput(spec, cluster, entry, address), mesh: spec.name },
  );
}

/** What an import is worked out from, names only. */
export function importInput(
  spec: MeshSpec,
  cluster: ClusterSpec,
  entry: ExportSpec,
  address: string | null,
): Omit<StepInputs['applyImport'], 'mesh'> {
  const owner = spec.clusters.find(({ name }) => name === entry.cluster);
  if (owner === undefined) throw new Error(`no cluster ${entry.cluster} owns what it exports`);
  const { service, namespace } = entry;
  return {
    cluster: clusterRef(cluster),
    owner: clusterRef(owner),
    namespace: spec.istio.namespace,
    service: { service, namespace },
    address,
    subsets: entry.subsets.map((subset) => subset.name),
    throughEgress: entry.through === 'egressGateway',
  };
}
