import { controlPlaneObjects } from '../../mesh/istio/component-objects.ts';
import { meshConfigMapName } from '../../mesh/istio/istio-names.ts';
import { isWorkload } from '../../mesh/istio/object-waves.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { refOf } from '../../mesh/kubernetes-object.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { ControlPlaneInput, StepInputs } from '../../mesh/plan/step-inputs.ts';
import { appliedOutcome, applyObjects } from '../objects/apply-objects.ts';
import { withInventory } from '../planning/inventory.ts';
import { writeMeshNetworks } from '../gateway/mesh-networks.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { renderPrimary } from '../objects/rendered-component.ts';

function isMeshConfigMap(object: KubernetesObject, input: ControlPlaneInput): boolean {
  return (
    object.kind === 'ConfigMap' && object.metadata.name === meshConfigMapName(input.istio.revision)
  );
}

function withoutMeshNetworks(object: KubernetesObject): KubernetesObject {
  const data = Object.entries((object as { data?: { [key: string]: string } }).data ?? {});
  return { ...object, data: Object.fromEntries(data.filter(([key]) => key !== 'meshNetworks')) };
}

/**
 * Applies the ConfigMap with two owners: key `meshNetworks` is `meshwright-networks`', all else `meshwright`'s. The key goes first where the
 * ConfigMap exists, so that it is never missing; and in any case before istiod, which reads it as it starts.
 */
async function applyMeshConfigMap(
  ports: StepPorts,
  cluster: Cluster,
  input: ControlPlaneInput,
  object: KubernetesObject,
): Promise<number> {
  const { namespace, revision } = input.istio;
  const networks = input.meshNetworks ?? [];
  const before = await writeMeshNetworks(ports, cluster, { namespace, revision }, networks);
  const main = await cluster.apply(withoutMeshNetworks(object));
  const after =
    before === null
      ? await writeMeshNetworks(ports, cluster, { namespace, revision }, networks)
      : null;
  return main.changed || before?.changed === true || after?.changed === true ? 1 : 0;
}

/** Applies istiod's objects: the ConfigMap beside whatever else istiod starts with, its workload after both. */
async function applyIstiod(
  ports: StepPorts,
  cluster: Cluster,
  input: ControlPlaneInput,
  objects: KubernetesObject[],
): Promise<number> {
  if (input.meshNetworks === null) return applyObjects(cluster, objects);
  const configMaps = objects.filter((object) => isMeshConfigMap(object, input));
  const workloads = objects.filter(isWorkload);
  const others = objects.filter(
    (object) => !configMaps.includes(object) && !workloads.includes(object),
  );
  const [first, ...more] = await Promise.all([
    applyObjects(cluster, others),
    ...configMaps.map((object) => applyMeshConfigMap(ports, cluster, input, object)),
  ]);
  return (
    more.reduce((sum, changed) => sum + changed, first) + (await applyObjects(cluster, workloads))
  );
}

/**
 * Makes `applyControlPlane`: istiod and everything it needs on a primary.
 *
 * Idempotent: server-side apply of the same objects, recorded in inventory `control-plane`; what istiod writes itself is left alone.
 * Heartbeats: no; rendering and requests have their own limits.
 * Fails with: ToolMissing, ToolFailed, FieldConflict, InvalidObject, and what requests fail with.
 */
export function createApplyControlPlane(
  ports: StepPorts,
): (input: StepInputs['applyControlPlane']) => Promise<StepOutcome> {
  return async (input) => {
    const [cluster, rendered] = await Promise.all([
      ports.clusters.open(input.cluster),
      renderPrimary(ports, input),
    ]);
    const objects = controlPlaneObjects(rendered);
    const component = { mesh: input.mesh, namespace: input.istio.namespace, name: 'control-plane' };
    const { result: changed, pruned } = await withInventory(
      cluster,
      component,
      objects.map(refOf),
      () => applyIstiod(ports, cluster, input, objects),
    );
    return appliedOutcome(objects.length, changed, pruned);
  };
}
