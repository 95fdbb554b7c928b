import { MeshFailure } from '../../mesh/failure.ts';
import { discoveryServiceName } from '../../mesh/istio/discovery-service.ts';
import { sliceAddresses } from '../../mesh/istio/discovery-slice.ts';
import { isIpAddress, loadBalancerAddresses } from '../../mesh/istio/gateway-address.ts';
import {
  EAST_WEST_GATEWAY,
  istiodName,
  REVISION_LABEL,
  revisionLabelValue,
} from '../../mesh/istio/istio-names.ts';
import { isPodReady } from '../../mesh/istio/pod-trouble.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { RemoteSpec } from '../../mesh/spec/mesh-spec.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { HostResolver } from '../ports/host-resolver.ts';

/** Where a remote looks for its primary's istiod. */
export type DiscoveryLookup = {
  /** System namespace. */
  namespace: string;
  /** Revision; null for the default one. */
  revision: string | null;
  /** Way to istiod. */
  discovery: RemoteSpec['discovery'];
};

type Found = {
  /** What gives the addresses, for people. */
  object: string;
  /** As given: IPs and host names. */
  given: string[];
  /** As usable in an EndpointSlice: IPs of one family, sorted. */
  addresses: string[];
};

function podAddress(pod: KubernetesObject): string[] {
  const ip = (pod as { status?: { podIP?: string } }).status?.podIP;
  return ip === undefined || ip === '' || !isPodReady(pod) ? [] : [ip];
}

async function given(primary: Cluster, lookup: DiscoveryLookup): Promise<[string, string[]]> {
  const { namespace, revision, discovery } = lookup;
  if (discovery === 'podIP') {
    const labelSelector = `app=istiod,${REVISION_LABEL}=${revisionLabelValue(revision)}`;
    const pods = await primary.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
    return [`pods of Deployment ${namespace}/${istiodName(revision)}`, pods.flatMap(podAddress)];
  }
  const name = discovery === 'gateway' ? EAST_WEST_GATEWAY : discoveryServiceName(revision);
  const service = await primary.read({ apiVersion: 'v1', kind: 'Service', namespace, name });
  return [`Service ${namespace}/${name}`, loadBalancerAddresses(service)];
}

/**
 * Reads at which IPs a remote reaches its primary's istiod now; empty when there are none. A host name is resolved here: Istio's chart would
 * make an ExternalName Service of it, through which API servers cannot call the injector.
 */
export async function findDiscoveryAddresses(
  resolver: HostResolver,
  primary: Cluster,
  lookup: DiscoveryLookup,
): Promise<Found> {
  const [object, names] = await given(primary, lookup);
  const resolved = await Promise.all(
    names.map((name) => (isIpAddress(name) ? Promise.resolve([name]) : resolver.resolve(name))),
  );
  return { object, given: names, addresses: sliceAddresses(resolved.flat()) };
}

/**
 * The IPs at which a remote reaches its primary's istiod, at least one.
 * @throws MeshFailure WaitTimedOut when there is none (any more), or a host name does not resolve on the worker
 */
export async function discoveryAddresses(
  resolver: HostResolver,
  primary: Cluster,
  lookup: DiscoveryLookup,
): Promise<string[]> {
  const found = await findDiscoveryAddresses(resolver, primary, lookup);
  if (found.addresses.length > 0) return found.addresses;
  if (found.given.length === 0) {
    const pods = lookup.discovery === 'podIP';
    throw new MeshFailure(
      'WaitTimedOut',
      `${found.object} of ${primary.name} ${pods ? 'are not ready' : 'has no address any more'}`,
      {
        cluster: primary.name,
        object: found.object,
        cure: pods
          ? 'see why istiod is not ready, then retry'
          : 'give its LoadBalancer an address, then retry',
      },
    );
  }
  throw new MeshFailure(
    'WaitTimedOut',
    `the host name ${found.given.join(', ')} of ${found.object} of ${primary.name} does not resolve on the worker`,
    {
      cluster: primary.name,
      object: found.object,
      cure: 'wait until its DNS entry is there, or let the worker use name servers that know it, then retry',
    },
  );
}

/** The host name at which the primary's istiod is found, unresolved; null where it has an IP, or nothing yet. */
export async function discoveryHost(
  primary: Cluster,
  lookup: DiscoveryLookup,
): Promise<string | null> {
  const [, names] = await given(primary, lookup);
  return names.find((name) => !isIpAddress(name)) ?? null;
}
