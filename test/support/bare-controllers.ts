import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Clusters } from '../../activities/ports/cluster.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { KubeApiServer } from './kube-api-server.ts';
import { sendToKube } from './send-to-kube.ts';

/** What the controllers of clusters do that consist of an API server alone. */
export type BareControllers = {
  /** Gives no load balancer of a cluster an address from now on, until it is let go. */
  holdAddresses(cluster: string): void;
  /** Gives addresses again. */
  letAddressesGo(): void;
  /** Stops them. */
  stop(): Promise<void>;
};

/** Pause between looks, in milliseconds. */
const LOOK_MS = 100;

type Balanced = KubernetesObject & {
  spec?: { type?: string };
  status?: { loadBalancer?: { ingress?: unknown[] } };
};
type Token = KubernetesObject & { type?: string; data?: { token?: string } };

/**
 * Gives load balancers an address (a network of documentation for each cluster) and fills tokens of service accounts in, with that of the administrator: what cloud and
 * controller manager do. An API server that is away or takes no write is looked at again.
 */
export function startBareControllers(
  servers: { [cluster: string]: KubeApiServer },
  clusters: Clusters,
): BareControllers {
  const stopped = new AbortController();
  let held: string | null = null;

  const balance = async (name: string, network: number, cluster: Cluster): Promise<void> => {
    const services = (await cluster.list({ apiVersion: 'v1', kind: 'Service' })) as Balanced[];
    const awaited = services.filter(({ spec }) => spec?.type === 'LoadBalancer');
    for (const [index, { metadata, status }] of awaited.entries()) {
      if (held === name || (status?.loadBalancer?.ingress?.length ?? 0) > 0) continue;
      const ip = `198.18.${network}.${10 + index}`;
      await write(name, metadata, 'services', '/status', {
        status: { loadBalancer: { ingress: [{ ip }] } },
      });
    }
  };

  const fillTokens = async (name: string, cluster: Cluster): Promise<void> => {
    const { adminToken, caPem } = servers[name] as KubeApiServer;
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const secrets = (await cluster.list({ apiVersion: 'v1', kind: 'Secret' })) as Token[];
    for (const { metadata, type, data } of secrets) {
      if (type !== 'kubernetes.io/service-account-token' || data?.token !== undefined) continue;
      await write(name, metadata, 'secrets', '', {
        data: { token: base64(adminToken), 'ca.crt': base64(caPem) },
      });
    }
  };

  const write = (
    name: string,
    { namespace, name: object }: KubernetesObject['metadata'],
    plural: string,
    part: string,
    body: object,
  ): Promise<void> => {
    const path = `/api/v1/namespaces/${namespace ?? ''}/${plural}/${object}${part}`;
    return sendToKube(servers[name] as KubeApiServer, 'PATCH', path, body);
  };

  const control = async (name: string, network: number): Promise<void> => {
    while (!stopped.signal.aborted) {
      const cluster = await clusters.open({ name, context: `kind-${name}` });
      await balance(name, network, cluster)
        .then(() => fillTokens(name, cluster))
        .catch(() => undefined);
      await sleep(LOOK_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const working = Object.keys(servers).map((name, index) => control(name, index + 1));

  return {
    holdAddresses: (cluster) => void (held = cluster),
    letAddressesGo: () => void (held = null),
    stop: async () => {
      stopped.abort();
      await Promise.all(working);
    },
  };
}
