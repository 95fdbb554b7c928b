import { isMeshFailure } from '../mesh/failure.ts';
import type { KubernetesObject } from '../mesh/kubernetes-object.ts';
import { applyObjects, isEstablished } from './apply-objects.ts';
import type { Cluster } from './ports/cluster.ts';
import type { StepPorts } from './ports/step-ports.ts';

type Definition = { spec?: { group?: string; names?: { kind?: string } } };

function kindOf(apiVersion: string, kind: string): string {
  return `${apiVersion.replace(/\/.*$/, '')}/${kind}`;
}

/** Waits until the API server serves the kinds of all given objects. */
async function kindsServed(cluster: Cluster, objects: KubernetesObject[]): Promise<void> {
  const wanted = new Set(objects.map((object) => kindOf(object.apiVersion, object.kind)));
  const query = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  await cluster.watchUntil(query, (definitions) => {
    const served = definitions.filter(isEstablished).map((definition) => {
      const { group, names } = (definition as Definition).spec ?? {};
      return kindOf(group ?? '', names?.kind ?? '');
    });
    return [...wanted].every((kind) => served.includes(kind)) ? true : undefined;
  });
}

/**
 * Applies Istio's own resources; waits for their definitions where another step is still bringing them, so that istiod need not wait
 * for fifteen definitions it starts without. Answers how many changed.
 */
export async function applyIstioResources(
  ports: StepPorts,
  cluster: Cluster,
  objects: KubernetesObject[],
): Promise<number> {
  if (objects.length === 0) return 0;
  try {
    return await applyObjects(cluster, objects);
  } catch (error) {
    if (!isMeshFailure(error) || error.type !== 'ApiUnavailable') throw error;
  }
  const scope = ports.scope();
  scope.report({
    waitingFor: `definitions of Istio's kinds in ${cluster.name}`,
    reason: null,
    since: scope.now(),
  });
  await kindsServed(cluster, objects);
  return applyObjects(cluster, objects);
}
