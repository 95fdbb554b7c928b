import { MeshFailure } from '../../mesh/failure.ts';
import { loadBalancerAddresses } from '../../mesh/istio/gateway-address.ts';
import { EAST_WEST_GATEWAY } from '../../mesh/istio/istio-names.ts';
import { exportedEcho, exportedEchoUrl, importedEcho } from '../../mesh/istio/verify-exports.ts';
import { echoUrl } from '../../mesh/istio/verify-objects.ts';
import { applyObjects } from '../objects/apply-objects.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { EchoCall } from '../verification/request-matrix.ts';

async function gatewaysOf(cluster: Cluster, systemNamespace: string): Promise<string[]> {
  const service = { apiVersion: 'v1', kind: 'Service', namespace: systemNamespace };
  const addresses = loadBalancerAddresses(
    await cluster.read({ ...service, name: EAST_WEST_GATEWAY }),
  );
  if (addresses.length > 0) return addresses.sort();
  throw new MeshFailure('WaitTimedOut', `the east-west gateway of ${cluster.name} has no address`, {
    cluster: cluster.name,
    object: `Service ${systemNamespace}/${EAST_WEST_GATEWAY}`,
    cure: 'give its LoadBalancer an address, then retry',
  });
}

/**
 * Lets every cluster of a replicated mesh call the echo of every other one, for the time of a verification, and answers what each calls. All of it is in the
 * verification's namespace.
 * @throws MeshFailure WaitTimedOut when a gateway has no address; what requests fail with
 */
export async function exportEchoes(
  clusters: Cluster[],
  namespace: string,
  systemNamespace: string,
): Promise<{ [from: string]: EchoCall[] }> {
  const gateways = new Map(
    await boundedParallel(clusters, async (cluster): Promise<[string, string[]]> => [
      cluster.name,
      await gatewaysOf(cluster, systemNamespace),
    ]),
  );
  await boundedParallel(clusters, (from) =>
    applyObjects(from, [
      exportedEcho(namespace),
      ...clusters
        .filter((owner) => owner !== from)
        .flatMap((owner) => importedEcho(owner.name, namespace, gateways.get(owner.name) ?? [])),
    ]),
  );
  return Object.fromEntries(
    clusters.map((from) => [
      from.name,
      clusters.map((owner) => ({
        url: owner === from ? echoUrl(namespace) : exportedEchoUrl(owner.name, namespace),
        to: [owner.name],
      })),
    ]),
  );
}
