import type { KubeClient } from './kube-client.ts';
import { sameIngress } from './load-balanced-service.ts';
import type { ObservedService } from './load-balanced-service.ts';
import type { Ingress } from './load-balancer-policy.ts';

/** Keeps `status.loadBalancer` of one Service as it is wanted. */
export interface StatusWriter {
  /** Takes note of what the status shows. */
  observe(ingress: readonly Ingress[]): void;
  /** Makes the status show this, sooner or later; the last word counts. */
  show(ingress: readonly Ingress[]): void;
  /** Writes no more: the Service is gone. */
  stop(): void;
}

const retryMs = 1000;

/**
 * Opens the writer of one Service. Writes go out one at a time, so that none overtakes another,
 * and are tried again until they succeed.
 *
 * @param onTrouble told of every write that failed
 */
export function openStatusWriter(
  client: KubeClient,
  { namespace, name, uid }: ObservedService,
  onTrouble: (text: string) => void,
): StatusWriter {
  const path = `/api/v1/namespaces/${namespace}/services/${name}/status?fieldManager=sandbox-load-balancer`;
  let seen: readonly Ingress[] = [];
  let wanted: readonly Ingress[] | undefined;
  let busy = false;
  let stopped = false;

  const write = async () => {
    if (busy || stopped || wanted === undefined || sameIngress(seen, wanted)) return;
    busy = true;
    const ingress = wanted;
    // The uid keeps the write from a new Service of the same name.
    const patch = { metadata: { uid }, status: { loadBalancer: { ingress } } };
    try {
      await client.send('PATCH', path, patch, 'application/merge-patch+json');
      seen = ingress;
    } catch (error) {
      if (!stopped) onTrouble(`status of ${namespace}/${name}: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
    }
    busy = false;
    await write();
  };

  return {
    observe: (ingress) => void (seen = ingress),
    show(ingress) {
      wanted = ingress;
      void write();
    },
    stop: () => void (stopped = true),
  };
}
