import type { KubernetesObject } from '../kubernetes-object.ts';

type LoadBalancerStatus = {
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
};

/** Addresses (IP or host name) that a load balancer gave to a Service, in the order of its status; empty while there is none. */
export function loadBalancerAddresses(service: KubernetesObject | null): string[] {
  const ingress = (service as LoadBalancerStatus | null)?.status?.loadBalancer?.ingress ?? [];
  return ingress
    .map((entry) => entry.ip ?? entry.hostname ?? '')
    .filter((address) => address !== '');
}

/** Whether an address is an IP, by the same expressions as Istio's chart decides it (remote-istiod-endpointslices.yaml). */
export function isIpAddress(address: string): boolean {
  return /^([0-9]*\.){3}[0-9]*$/.test(address) || /^([0-9a-fA-F]*:)+[0-9a-fA-F]*$/.test(address);
}
