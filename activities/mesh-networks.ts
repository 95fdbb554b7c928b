import { parse } from 'yaml';
import { FAILURES, isMeshFailure, MeshFailure } from '../mesh/failure.ts';
import { loadBalancerAddresses } from '../mesh/istio/gateway-address.ts';
import { EAST_WEST_GATEWAY, meshConfigMapName } from '../mesh/istio/istio-names.ts';
import {
  ADDRESS_PLACEHOLDER,
  meshNetworksText,
  type NetworkEntry,
} from '../mesh/istio/mesh-networks-text.ts';
import type { KubernetesObject, ObjectRef } from '../mesh/kubernetes-object.ts';
import type { ClusterRef } from '../mesh/plan/cluster-ref.ts';
import type { StepOutcome } from '../mesh/plan/plan.ts';
import type { MeshNetwork, StepInputs } from '../mesh/plan/step-inputs.ts';
import type { Cluster } from './ports/cluster.ts';
import type { StepPorts } from './ports/step-ports.ts';

/** Field manager of the one key `meshNetworks`; the rest of the ConfigMap belongs to `meshwright`. */
export const NETWORKS_MANAGER = 'meshwright-networks';
/** Attempts against other writers before the step is tried again as a whole. */
const ATTEMPTS = 10;

type ConfigMap = KubernetesObject & { data?: { [key: string]: string } };

/** Addresses of a cluster's gateway; none when it has none yet or cannot be reached, which must not hold back other clusters. */
async function gatewayAddresses(
  ports: StepPorts,
  ref: ClusterRef,
  namespace: string,
): Promise<string[]> {
  try {
    const cluster = await ports.clusters.open(ref);
    return loadBalancerAddresses(
      await cluster.read({ apiVersion: 'v1', kind: 'Service', namespace, name: EAST_WEST_GATEWAY }),
    );
  } catch (error) {
    if (isMeshFailure(error) && FAILURES[error.type].retried) return [];
    throw error;
  }
}

/** Addresses that stand in the ConfigMap now, by network: what was once known is not forgotten for a moment without load balancer. */
function presentAddresses(text: string | undefined): Map<string, string[]> {
  type Networks = { networks?: { [name: string]: { gateways?: { address?: string }[] } } };
  let networks: Networks['networks'];
  try {
    networks = (parse(text ?? '', { maxAliasCount: 0 }) as Networks | null)?.networks;
  } catch {
    networks = undefined;
  }
  const entries = Object.entries(networks ?? {}).map(([name, network]): [string, string[]] => {
    const addresses = (network?.gateways ?? []).map(
      (gateway) => gateway.address ?? ADDRESS_PLACEHOLDER,
    );
    return [name, addresses.filter((address) => address !== ADDRESS_PLACEHOLDER)];
  });
  return new Map(entries);
}

async function networkEntries(
  ports: StepPorts,
  networks: MeshNetwork[],
  namespace: string,
  present: Map<string, string[]>,
): Promise<(NetworkEntry & { live: string[] })[]> {
  return Promise.all(
    networks.map(async (network) => {
      const live = (
        await Promise.all(
          network.clusters.map((cluster) => gatewayAddresses(ports, cluster, namespace)),
        )
      ).flat();
      const addresses = live.length > 0 ? live : (present.get(network.name) ?? []);
      return {
        name: network.name,
        clusters: network.clusters.map((cluster) => cluster.name),
        addresses,
        live,
      };
    }),
  );
}

/** What is known after writing. */
export type WrittenNetworks = {
  /** Whether the text changed. */
  changed: boolean;
  /** Networks with their addresses; `live` are those of the Services themselves. */
  entries: (NetworkEntry & { live: string[] })[];
};

/**
 * Writes key `meshNetworks` of a primary's ConfigMap from the gateways' live Services; null when there is no ConfigMap. The ConfigMap is
 * read before the addresses and written back under its version, so that of two writers the one that knew less loses and reads again.
 */
export async function writeMeshNetworks(
  ports: StepPorts,
  primary: Cluster,
  where: { namespace: string; revision: string | null },
  networks: MeshNetwork[],
): Promise<WrittenNetworks | null> {
  const ref: ObjectRef = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: where.namespace,
    name: meshConfigMapName(where.revision),
  };
  for (let attempt = 1; ; attempt++) {
    const live = (await primary.read(ref)) as ConfigMap | null;
    if (live === null) return null;
    const entries = await networkEntries(
      ports,
      networks,
      where.namespace,
      presentAddresses(live.data?.['meshNetworks']),
    );
    const text = meshNetworksText(entries);
    const owned = (live.metadata.managedFields ?? []).some(
      (entry) => entry.manager === NETWORKS_MANAGER,
    );
    if (owned && live.data?.['meshNetworks'] === text) return { changed: false, entries };
    const { resourceVersion } = live.metadata;
    const metadata = {
      name: ref.name,
      namespace: where.namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const patch: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { meshNetworks: text },
    };
    try {
      const { changed } = await primary.apply(patch, { fieldManager: NETWORKS_MANAGER });
      return { changed, entries };
    } catch (error) {
      if (!isMeshFailure(error) || error.type !== 'ConcurrentChange' || attempt === ATTEMPTS)
        throw error;
    }
  }
}

/**
 * Makes `patchMeshNetworks`: the real gateway addresses of a network in a primary's ConfigMap `istio`; other keys stay as they are.
 *
 * Idempotent: reads the addresses live and writes the whole text only when it differs, under the version it read.
 * Heartbeats: no; a handful of requests.
 * Fails with: ConcurrentChange when others keep writing, WaitTimedOut when the address is gone again, and what requests fail with.
 */
export function createPatchMeshNetworks(
  ports: StepPorts,
): (input: StepInputs['patchMeshNetworks']) => Promise<StepOutcome> {
  return async ({ primary: ref, namespace, revision, network, meshNetworks }) => {
    const primary = await ports.clusters.open(ref);
    const written = await writeMeshNetworks(ports, primary, { namespace, revision }, meshNetworks);
    const object = `ConfigMap ${namespace}/${meshConfigMapName(revision)}`;
    if (written === null) {
      throw new MeshFailure('ConcurrentChange', `${object} of ${primary.name} is gone`, {
        cluster: primary.name,
        object,
      });
    }
    const addresses = written.entries.find((entry) => entry.name === network)?.addresses ?? [];
    if (addresses.length === 0) {
      throw new MeshFailure(
        'WaitTimedOut',
        `the east-west gateway of ${network} has no address any more`,
        {
          cluster: primary.name,
          object,
          cure: 'give its LoadBalancer an address, then retry',
        },
      );
    }
    return { changed: written.changed ? 1 : 0, summary: `${network} at ${addresses.join(', ')}` };
  };
}
