import { EAST_WEST_GATEWAY } from '../../mesh/istio/istio-names.ts';
import type { MeshNetworksTarget } from '../../mesh/sync/followed-target.ts';
import { applyMeshNetworks, readMeshNetworks } from '../gateway/mesh-networks.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import type { FollowedKind, Source, WritableReading } from './followed-kind.ts';

/** Key `meshNetworks` in a primary's ConfigMap `istio`. Host names stand there as they are: istiod resolves them itself. */
export const followedMeshNetworks: FollowedKind<'meshNetworks'> = {
  sources: ({ networks, namespace }): Source[] => {
    const fieldSelector = `metadata.name=${EAST_WEST_GATEWAY}`;
    const query = { apiVersion: 'v1', kind: 'Service', namespace, fieldSelector };
    return networks.flatMap(({ clusters }) => clusters).map((cluster) => ({ cluster, query }));
  },
  read: readNetworks,
};

async function readNetworks(
  ports: StepPorts,
  target: MeshNetworksTarget,
): Promise<WritableReading> {
  const primary = await ports.clusters.open(target.cluster);
  const reading = await readMeshNetworks(ports, primary, target, target.networks);
  if (reading === null || !reading.owned)
    return { live: null, wanted: [], vanished: null, write: async () => undefined };
  const { present, entries } = reading;
  const vanished = entries.filter((entry) => entry.live.length === 0).map((entry) => entry.name);
  return {
    live: entries.map(({ name }) => networkLine(name, present.get(name) ?? [])),
    wanted: entries.map(({ name, addresses }) => networkLine(name, addresses)),
    vanished:
      vanished.length === 0
        ? null
        : `gateways of ${vanished.join(', ')} have no address, or do not answer`,
    write: async () => void (await applyMeshNetworks(primary, target, reading)),
  };
}

/** Writes a network in one line, e.g. `network2 198.18.2.1`. */
function networkLine(network: string, addresses: readonly string[]): string {
  return `${network} ${addresses.length === 0 ? 'without address' : addresses.join(' ')}`;
}
