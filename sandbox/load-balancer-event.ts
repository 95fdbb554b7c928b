import type { KubeClient } from './kube-client.ts';
import type { ObservedService } from './load-balanced-service.ts';

/**
 * Writes the Warning event a cloud's controller writes when it cannot give an address
 * (`SyncLoadBalancerFailed`, k8s.io/cloud-provider/controllers/service).
 */
export async function announceNever(
  client: KubeClient,
  { namespace, name, uid }: ObservedService,
  reason: string,
): Promise<void> {
  const now = new Date().toISOString();
  await client.send('POST', `/api/v1/namespaces/${namespace}/events`, {
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Service', namespace, name, uid },
    type: 'Warning',
    reason: 'SyncLoadBalancerFailed',
    message: `Error syncing load balancer: failed to ensure load balancer: ${reason}`,
    source: { component: 'service-controller' },
    firstTimestamp: now.replace(/\.\d+Z/, 'Z'),
    lastTimestamp: now.replace(/\.\d+Z/, 'Z'),
    count: 1,
  });
}
