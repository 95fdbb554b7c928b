import type { ClusterSpec } from '../spec/mesh-spec.ts';
import { primaryOf, type Topology } from './topology.ts';

/** Name of the step that makes a cluster's remote secret in a primary; the one in its own control plane has the plain name. */
export function remoteSecretStepName(
  topology: Topology,
  cluster: ClusterSpec,
  primary: ClusterSpec,
): string {
  return primary.name === primaryOf(topology, cluster).name
    ? 'create-remote-secret'
    : `create-remote-secret-in-${primary.name}`;
}

/** Id of that step. */
export function remoteSecretStepId(
  topology: Topology,
  cluster: ClusterSpec,
  primary: ClusterSpec,
): string {
  return `${cluster.name}/${remoteSecretStepName(topology, cluster, primary)}`;
}
