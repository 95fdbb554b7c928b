import type { ForwardedPort } from './fabric-forwards.ts';
import type { KubeObject } from './kube-client.ts';
import type { Ingress } from './load-balancer-policy.ts';

/** What the load balancer reads from a Service object. */
export interface ObservedService {
  /** Tells a Service from a later one of the same name. */
  readonly uid: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Its name. */
  readonly name: string;
  /** It is of type LoadBalancer and asks for no other controller's class. */
  readonly wanted: boolean;
  /** Ports that have a node port. */
  readonly ports: readonly ForwardedPort[];
  /** `status.loadBalancer.ingress` as it stands. */
  readonly ingress: readonly Ingress[];
}

/** Reads a Service object. */
export function observeService(object: KubeObject): ObservedService {
  const metadata = object['metadata'] as KubeObject;
  const spec = (object['spec'] ?? {}) as KubeObject;
  const status = (object['status'] ?? {}) as KubeObject;
  const ingress = ((status['loadBalancer'] ?? {}) as KubeObject)['ingress'];
  return {
    uid: String(metadata['uid']),
    namespace: String(metadata['namespace']),
    name: String(metadata['name']),
    wanted: spec['type'] === 'LoadBalancer' && spec['loadBalancerClass'] === undefined,
    ports: ((spec['ports'] ?? []) as KubeObject[])
      .filter((port) => typeof port['nodePort'] === 'number')
      .map((port) => ({
        protocol: String(port['protocol']),
        port: Number(port['port']),
        nodePort: Number(port['nodePort']),
      })),
    ingress: (ingress ?? []) as Ingress[],
  };
}

/** Whether two lists of ingress entries show the same addresses and names. */
export function sameIngress(one: readonly Ingress[], other: readonly Ingress[]): boolean {
  const digest = (list: readonly Ingress[]) =>
    JSON.stringify(list.map(({ ip, ipMode, hostname }) => [ip, ipMode, hostname]));
  return digest(one) === digest(other);
}
