import { fileURLToPath } from 'node:url';
import { awaitCondition } from './await-condition.ts';
import type { KubeClient, KubeObject } from './kube-client.ts';
import { onNode } from './network.ts';
import { runCommand } from './run-command.ts';
import type { ClusterShape } from './shape.ts';

/** Limit of every single wait while a cluster starts; ten clusters on two cores need minutes. */
const startTimeoutMs = 300_000;

/** Waits until the API server says it is ready. */
export function awaitApiServer(client: KubeClient, cluster: ClusterShape): Promise<void> {
  const ready = () => client.send('GET', '/readyz').then(() => true);
  return awaitCondition(`${cluster.name}: API server ready`, ready, startTimeoutMs);
}

/** Waits until the node is Ready and pods can have the default service account. */
export async function awaitNode(client: KubeClient, cluster: ClusterShape): Promise<void> {
  const node = async () => {
    const object = await client.send('GET', `/api/v1/nodes/${cluster.nodeName}`);
    return hasCondition(object, 'Ready');
  };
  await awaitCondition(`${cluster.name}: node Ready`, node, startTimeoutMs);
  const account = () =>
    client.send('GET', '/api/v1/namespaces/default/serviceaccounts/default').then(() => true);
  await awaitCondition(`${cluster.name}: default service account`, account, startTimeoutMs);
}

/** Waits until CoreDNS is available and answers on its Service address. */
export async function awaitDns(client: KubeClient, cluster: ClusterShape): Promise<void> {
  const available = async () =>
    hasCondition(
      await client.send('GET', '/apis/apps/v1/namespaces/kube-system/deployments/coredns'),
      'Available',
    );
  await awaitCondition(`${cluster.name}: CoreDNS available`, available, startTimeoutMs);
  const probe = fileURLToPath(new URL('./dns-probe.ts', import.meta.url));
  const words = [
    ...onNode(cluster),
    process.execPath,
    probe,
    cluster.dnsAddress,
    cluster.kubernetesAddress,
  ];
  const [command = '', ...args] = words;
  await runCommand(command, args, { timeoutMs: startTimeoutMs });
}

function hasCondition(object: KubeObject, type: string): boolean {
  const status = (object['status'] ?? {}) as KubeObject;
  const conditions = (status['conditions'] ?? []) as KubeObject[];
  return conditions.some(
    (condition) => condition['type'] === type && condition['status'] === 'True',
  );
}
