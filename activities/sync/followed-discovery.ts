import { appliedFields } from '../../mesh/applied-fields.ts';
import { discoveryServiceName } from '../../mesh/istio/discovery-service.ts';
import { addressesInSlice, withSliceAddresses } from '../../mesh/istio/discovery-slice.ts';
import {
  EAST_WEST_GATEWAY,
  istiodName,
  REVISION_LABEL,
  revisionLabelValue,
} from '../../mesh/istio/istio-names.ts';
import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { DiscoveryTarget } from '../../mesh/sync/followed-target.ts';
import { discoveryHost, findDiscoveryAddresses } from '../control-plane/discovery-address.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import type { FollowedKind, Source, WritableReading } from './followed-kind.ts';

/** Field manager of what an install applies; the slice stays its. */
const MANAGER = 'meshwright';

/** The EndpointSlice by which a remote reaches its primary's istiod. */
export const followedDiscovery: FollowedKind<'discovery'> = {
  sources: ({ primary, namespace, revision, discovery }): Source[] => {
    if (discovery === 'podIP') {
      const labelSelector = `app=istiod,${REVISION_LABEL}=${revisionLabelValue(revision)}`;
      const query = { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector };
      return [{ cluster: primary, query }];
    }
    const name = discovery === 'gateway' ? EAST_WEST_GATEWAY : discoveryServiceName(revision);
    const fieldSelector = `metadata.name=${name}`;
    return [
      { cluster: primary, query: { apiVersion: 'v1', kind: 'Service', namespace, fieldSelector } },
    ];
  },
  read: readDiscovery,
};

async function readDiscovery(ports: StepPorts, target: DiscoveryTarget): Promise<WritableReading> {
  const [remote, primary] = await Promise.all([
    ports.clusters.open(target.cluster),
    ports.clusters.open(target.primary),
  ]);
  // The slice first: who knew less is refused when it writes.
  const slice = await remote.read(sliceRef(target));
  // Where a local injector injects, the Service of a host name is an alias and has no slice: the cluster's own DNS follows it.
  const isLocal = target.slice !== undefined && target.slice !== istiodName(target.revision);
  const host = isLocal && slice === null ? await discoveryHost(primary, target) : null;
  if (host !== null) return followedByDns(host);
  const found = await findDiscoveryAddresses(ports.hostResolver, primary, target);
  const applied = slice === null ? null : appliedFields(slice, MANAGER);
  const live = applied === null ? null : addressesInSlice(slice);
  const wanted = found.addresses.length > 0 ? found.addresses : (live ?? []);
  return {
    live,
    wanted,
    vanished: found.addresses.length > 0 ? null : vanishedText(target, found),
    write: () => writeSlice(remote, slice, applied, wanted),
  };
}

function followedByDns(host: string): WritableReading {
  return { live: [host], wanted: [host], vanished: null, write: () => Promise.resolve() };
}

function sliceRef({ namespace, revision, slice }: DiscoveryTarget): ObjectRef {
  const name = slice ?? istiodName(revision);
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace, name };
}

function vanishedText(
  { primary, discovery }: DiscoveryTarget,
  { object, given }: { object: string; given: string[] },
): string {
  if (given.length > 0) return `the worker cannot resolve ${given.join(', ')} of ${object}`;
  return `${object} of ${primary.name} ${discovery === 'podIP' ? 'are not ready' : 'has no address'}`;
}

async function writeSlice(
  remote: Cluster,
  slice: KubernetesObject | null,
  applied: KubernetesObject | null,
  addresses: string[],
): Promise<void> {
  if (slice === null || applied === null) return;
  const { resourceVersion } = slice.metadata;
  const next = withSliceAddresses(applied, addresses);
  await remote.apply({
    ...next,
    metadata: { ...next.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  });
}
