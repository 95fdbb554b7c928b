import { inventoryRefs } from '../../mesh/istio/inventory-object.ts';
import { STUB_COMPONENT } from '../../mesh/istio/istio-names.ts';
import {
  type ClusterServices,
  namespacedName,
  wantedStubs,
} from '../../mesh/istio/stub-services.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { applyComponent } from '../objects/apply-objects.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { inventoryRef } from '../planning/inventory.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** Clusters read at once; each answers with all its Services. */
const CLUSTERS_AT_ONCE = 8;

/** What bringing a cluster's stub Services in step came to. */
export type StubChange = {
  /** Stubs it had, as `namespace/name`, sorted. */
  before: string[];
  /** Stubs it has now. */
  after: string[];
  /** Objects written or removed; 0 when everything was in step. */
  changed: number;
};

/** Reads the Services of a cluster and their namespaces. */
export async function readServices(cluster: Cluster): Promise<ClusterServices> {
  const [namespaces, services] = await Promise.all([
    cluster.list({ apiVersion: 'v1', kind: 'Namespace' }),
    cluster.list({ apiVersion: 'v1', kind: 'Service' }),
  ]);
  return { cluster: cluster.name, namespaces, services };
}

/**
 * Brings the stub Services of one cluster in step with what all clusters have. A cluster that could not be read must not be left out of
 * `all`: its Services' stubs would be taken away. Called by the step, and by whatever keeps stubs in step afterwards (the workflow
 * `mesh-<name>-sync`): read every cluster once with `readServices`, then call this for each of them.
 */
export async function reconcileStubServices(
  target: Cluster,
  all: readonly ClusterServices[],
  { mesh, namespace }: { mesh: string; namespace: string },
): Promise<StubChange> {
  const own = all.find(({ cluster }) => cluster === target.name);
  if (own === undefined) throw new Error(`the Services of ${target.name} were not read`);
  const others = all.filter(({ cluster }) => cluster !== target.name);
  const component = { mesh, namespace, name: STUB_COMPONENT };
  const recorded = inventoryRefs(await target.read(inventoryRef(component)));
  const existing = new Set(own.services.map(namespacedName));
  const before = recorded
    .filter(({ kind }) => kind === 'Service')
    .map((ref) => `${ref.namespace ?? ''}/${ref.name}`)
    .filter((name) => existing.has(name))
    .sort();
  const wanted = wantedStubs({ mesh, systemNamespace: namespace }, own, others);
  const { changed } = await applyComponent(target, component, wanted);
  const after = wanted.filter(({ kind }) => kind === 'Service').map(namespacedName);
  return { before, after, changed };
}

/**
 * Makes `applyStubServices`: Services without endpoints for those that exist in other clusters only, so that their names are resolved. The
 * mesh knows their endpoints anyway.
 *
 * Idempotent: server-side apply of what all clusters' Services ask for, recorded in inventory `stub-services`; a Service that somebody made
 * or took over is left alone.
 * Heartbeats: every second.
 * Fails with: FieldConflict, and what requests fail with, in whichever cluster: without one cluster nobody knows which stubs are needed.
 */
export function createApplyStubServices(
  ports: StepPorts,
): (input: StepInputs['applyStubServices']) => Promise<StepOutcome> {
  return async ({ cluster, clusters, mesh, namespace }) => {
    const target = await ports.clusters.open(cluster);
    const all = await boundedParallel(
      clusters,
      async (ref) => readServices(await ports.clusters.open(ref)),
      CLUSTERS_AT_ONCE,
    );
    const { before, after, changed } = await reconcileStubServices(target, all, {
      mesh,
      namespace,
    });
    const removed = before.filter((name) => !after.includes(name)).length;
    return {
      changed,
      summary: `${after.length} stub services${removed === 0 ? '' : `, ${removed} removed`}`,
    };
  };
}
