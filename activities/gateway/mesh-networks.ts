import { parse } from 'yaml';
import { FAILURES, isMeshFailure, MeshFailure } from '../../mesh/failure.ts';
import { loadBalancerAddresses } from '../../mesh/istio/gateway-address.ts';
import { EAST_WEST_GATEWAY, meshConfigMapName } from '../../mesh/istio/istio-names.ts';
import {
  ADDRESS_PLACEHOLDER,
  meshNetworksText,
  type NetworkEntry,
} from '../../mesh/istio/mesh-networks-text.ts';
import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { MeshNetwork } from '../../mesh/plan/mesh-network.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { backoffMs } from '../attempt/backoff.ts';
import { deletedMeanwhile } from '../attempt/deleted-meanwhile.ts';
import { pause } from '../attempt/pause.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

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

/** What the ConfigMap says of a network now. */
type StandingNetwork = {
  /** Clusters whose endpoints belong to it. */
  clusters: string[];
  /** Addresses of its gateways, without the placeholder. */
  addresses: string[];
};

/** Networks that stand in the ConfigMap now: what was once known is not forgotten for a moment without load balancer. */
function standingNetworks(text: string | undefined): Map<string, StandingNetwork> {
  type Entry = { endpoints?: { fromRegistry?: string }[]; gateways?: { address?: string }[] };
  type Networks = { networks?: { [name: string]: Entry | null } };
  let networks: Networks['networks'];
  try {
    networks = (parse(text ?? '', { maxAliasCount: 0 }) as Networks | null)?.networks;
  } catch {
    networks = undefined;
  }
  const entries = Object.entries(networks ?? {}).map(([name, entry]): [string, StandingNetwork] => {
    const clusters = (entry?.endpoints ?? []).flatMap(({ fromRegistry = [] }) => fromRegistry);
    const addresses = (entry?.gateways ?? []).flatMap(({ address = [] }) => address);
    return [
      name,
      { clusters, addresses: addresses.filter((address) => address !== ADDRESS_PLACEHOLDER) },
    ];
  });
  return new Map(entries);
}

async function networkEntries(
  ports: StepPorts,
  networks: MeshNetwork[],
  namespace: string,
  standing: Map<string, StandingNetwork>,
): Promise<LiveEntry[]> {
  const entries = await Promise.all(
    networks.map((network) =>
      networkEntry(ports, network, namespace, standing.get(network.name) ?? null),
    ),
  );
  return entries.filter(({ clusters }) => clusters.length > 0);
}

/**
 * A network as it should stand there. Of clusters that are away only those are in it that stand there already; nobody knows whose the
 * addresses are that stand there with them, so all of those stay.
 */
async function networkEntry(
  ports: StepPorts,
  { name, clusters }: MeshNetwork,
  namespace: string,
  standing: StandingNetwork | null,
): Promise<LiveEntry> {
  const here = clusters.filter(({ away = false }) => !away);
  const kept = clusters.filter(
    (cluster) => !here.includes(cluster) && standing?.clusters.includes(cluster.name) === true,
  );
  const read = await Promise.all(here.map((ref) => gatewayAddresses(ports, ref, namespace)));
  const live = read.flat();
  const known = standing?.addresses ?? [];
  return {
    name,
    clusters: clusters
      .filter((cluster) => here.includes(cluster) || kept.includes(cluster))
      .map((cluster) => cluster.name),
    addresses: kept.length === 0 && live.length > 0 ? live : [...new Set([...known, ...live])],
    live,
  };
}

/** Where the ConfigMap with the networks is. */
export type NetworksPlace = {
  /** System namespace. */
  namespace: string;
  /** Revision; null for the default one. */
  revision: string | null;
};

/** A network as it should stand there; `live` are the addresses of the Services themselves. */
type LiveEntry = NetworkEntry & { live: string[] };

/** What is known after writing. */
export type WrittenNetworks = {
  /** Whether the text changed. */
  changed: boolean;
  /** Networks with their addresses. */
  entries: LiveEntry[];
};

/** What a primary's ConfigMap says of networks, and what it should say. */
export type NetworksReading = {
  /** Version that was read: a lock for whoever writes. */
  resourceVersion: string | undefined;
  /** Text that stands there; undefined when the key is missing. */
  text: string | undefined;
  /** Whether the key is ours. */
  owned: boolean;
  /** Addresses that stand there, by network. */
  present: Map<string, string[]>;
  /** Networks as they should stand there. */
  entries: WrittenNetworks['entries'];
};

function configMapRef({ namespace, revision }: NetworksPlace): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: meshConfigMapName(revision) };
}

/** Reads key `meshNetworks` first and the gateways' live Services then; null when there is no ConfigMap. */
export async function readMeshNetworks(
  ports: StepPorts,
  primary: Cluster,
  where: NetworksPlace,
  networks: MeshNetwork[],
): Promise<NetworksReading | null> {
  const live = (await primary.read(configMapRef(where))) as ConfigMap | null;
  if (live === null) return null;
  const text = live.data?.['meshNetworks'];
  const standing = standingNetworks(text);
  return {
    resourceVersion: live.metadata.resourceVersion,
    text,
    owned: (live.metadata.managedFields ?? []).some((entry) => entry.manager === NETWORKS_MANAGER),
    present: new Map([...standing].map(([name, { addresses }]) => [name, addresses])),
    entries: await networkEntries(ports, networks, where.namespace, standing),
  };
}

/** Writes the text that follows from a reading, under the version that was read, unless it stands there already. */
export async function applyMeshNetworks(
  primary: Cluster,
  where: NetworksPlace,
  { resourceVersion, text, owned, entries }: NetworksReading,
): Promise<boolean> {
  const wanted = meshNetworksText(entries);
  if (owned && text === wanted) return false;
  const { apiVersion, kind, name, namespace } = configMapRef(where);
  const patch: KubernetesObject = {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    data: { meshNetworks: wanted },
  };
  return (await primary.apply(patch, { fieldManager: NETWORKS_MANAGER })).changed;
}

/**
 * Writes key `meshNetworks` of a primary's ConfigMap from the gateways' live Services; null when there is no ConfigMap. The ConfigMap is
 * read before the addresses and written back under its version, so that of two writers the one that knew less loses, and reads again after a pause.
 */
export async function writeMeshNetworks(
  ports: StepPorts,
  primary: Cluster,
  where: NetworksPlace,
  networks: MeshNetwork[],
): Promise<WrittenNetworks | null> {
  const { signal } = ports.scope();
  for (let attempt = 1; ; attempt++) {
    const reading = await readMeshNetworks(ports, primary, where, networks);
    if (reading === null) return null;
    try {
      const changed = await applyMeshNetworks(primary, where, reading);
      return { changed, entries: reading.entries };
    } catch (error) {
      if (!isMeshFailure(error) || error.type !== 'ConcurrentChange' || attempt === ATTEMPTS)
        throw error;
      // Every network has a step that writes into this ConfigMap: those that lost together must not meet again together.
      await pause(backoffMs(attempt), signal);
    }
  }
}

/**
 * Makes `patchMeshNetworks`: the real gateway addresses of a network in a primary's ConfigMap `istio`; other keys stay as they are.
 *
 * Idempotent: reads the addresses live and writes the whole text only when it differs, under the version it read.
 * Heartbeats: no; a handful of requests.
 * Fails with: ConcurrentChange when others keep writing, DeletedMeanwhile when the ConfigMap is gone, WaitTimedOut when the address is gone again, and what requests fail with.
 */
export function createPatchMeshNetworks(
  ports: StepPorts,
): (input: StepInputs['patchMeshNetworks']) => Promise<StepOutcome> {
  return async ({ primary: ref, namespace, revision, network, meshNetworks }) => {
    const primary = await ports.clusters.open(ref);
    const written = await writeMeshNetworks(ports, primary, { namespace, revision }, meshNetworks);
    const object = `ConfigMap ${namespace}/${meshConfigMapName(revision)}`;
    if (written === null)
      throw deletedMeanwhile(`${primary.name} has no ${object}`, { cluster: primary.name, object });
    const addresses = written.entries.find((entry) => entry.name === network)?.addresses ?? [];
    if (addresses.length === 0) {
      throw new MeshFailure('WaitTimedOut', `the east-west gateway of ${network} has no address`, {
        cluster: primary.name,
        object,
        cure: 'give its LoadBalancer an address, then retry',
      });
    }
    return { changed: written.changed ? 1 : 0, summary: `${network} at ${addresses.join(', ')}` };
  };
}
