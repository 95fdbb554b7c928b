import type { KubernetesObject } from '../kubernetes-object.ts';
import type { RemoteSpec } from '../spec/mesh-spec.ts';
import { discoveryName } from './istio-names.ts';

/**
 * Address that a remote is rendered with, of RFC 5737's documentation. Istio's chart writes the address into ConfigMap `values` too, where nobody reads it;
 * rendered with the real one, each address that moved would change that ConfigMap with the next install.
 */
export const RENDERED_ADDRESS = '192.0.2.1';

/** Whether an object is the EndpointSlice by which a remote reaches its primary's istiod. */
export function isDiscoverySlice(
  object: KubernetesObject,
  revision: string | null,
  injector: RemoteSpec['injector'] = 'primary',
): boolean {
  return (
    object.kind === 'EndpointSlice' && object.metadata.name === discoveryName(revision, injector)
  );
}

/**
 * Keeps the addresses of one family, that of the first: a slice holds one. Sorted and without doubles, so that the order in which a
 * resolver or a cluster lists them changes nothing.
 */
export function sliceAddresses(addresses: readonly string[]): string[] {
  const isSix = (address: string): boolean => address.includes(':');
  const sorted = [...new Set(addresses)].sort();
  const first = sorted.find((address) => !isSix(address)) ?? sorted[0];
  return first === undefined ? [] : sorted.filter((address) => isSix(address) === isSix(first));
}

/**
 * The slice with these addresses in place of the one that Istio's chart knows: one endpoint for each, since kube-proxy uses only the first
 * address of an endpoint.
 */
export function withSliceAddresses(
  slice: KubernetesObject,
  addresses: readonly string[],
): KubernetesObject {
  const addressType = addresses[0]?.includes(':') === true ? 'IPv6' : 'IPv4';
  return {
    ...slice,
    addressType,
    endpoints: addresses.map((address) => ({ addresses: [address] })),
  };
}

/** Addresses in a slice, sorted; none when there is no slice. */
export function addressesInSlice(slice: KubernetesObject | null): string[] {
  return ((slice as { endpoints?: { addresses?: string[] }[] } | null)?.endpoints ?? [])
    .flatMap((endpoint) => endpoint.addresses ?? [])
    .sort();
}
