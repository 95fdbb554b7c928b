import { join } from 'node:path';
import type { ComponentSpec } from './component.ts';
import { nodeComponent, writeComponentKubeconfig, writeNodeFile } from './node-context.ts';
import type { NodeContext } from './node-context.ts';

/** Describes the controller manager. */
export function controllerManagerSpec(node: NodeContext): ComponentSpec {
  const { pki, parts } = node;
  const caKey = writeNodeFile(node, 'pki/ca.key', pki.ca.key);
  const ca = join(node.dir, 'pki/ca.crt');
  return nodeComponent(node, 'kube-controller-manager', [
    parts.kubeControllerManager,
    ...authentication(writeComponentKubeconfig(node, 'controller-manager')),
    `--root-ca-file=${ca}`,
    `--cluster-signing-cert-file=${ca}`,
    `--cluster-signing-key-file=${caKey}`,
    `--service-account-private-key-file=${join(node.dir, 'pki/service-account.key')}`,
    '--use-service-account-credentials=true',
    // Its forty controllers fetch a token each at the start; 20 requests a second make that 5 s.
    '--kube-api-qps=400',
    '--kube-api-burst=800',
    '--leader-elect=false',
    '--profiling=false',
    '--v=1',
  ]);
}

/** Describes the scheduler. */
export function schedulerSpec(node: NodeContext): ComponentSpec {
  return nodeComponent(node, 'kube-scheduler', [
    node.parts.kubeScheduler,
    ...authentication(writeComponentKubeconfig(node, 'scheduler')),
    '--leader-elect=false',
    '--profiling=false',
    '--v=1',
  ]);
}

function authentication(kubeconfig: string): string[] {
  return ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
    (flag) => `--${flag}=${kubeconfig}`,
  );
}
