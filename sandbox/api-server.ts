import type { ComponentSpec } from './component.ts';
import { etcdUrl } from './etcd.ts';
import { nodeComponent, writeNodeFile } from './node-context.ts';
import type { NodeContext } from './node-context.ts';

/** Issuer of service account tokens, as in a cluster made by kubeadm. */
export const serviceAccountIssuer = 'https://kubernetes.default.svc.cluster.local';

/** Writes the API server's keys and describes it. */
export function apiServerSpec(node: NodeContext): ComponentSpec {
  const { cluster, pki, parts } = node;
  const file = (name: string, content: string) => writeNodeFile(node, `pki/${name}`, content);
  const ca = file('ca.crt', pki.ca.cert);
  return nodeComponent(node, 'kube-apiserver', [
    parts.kubeApiServer,
    `--etcd-servers=${etcdUrl}`,
    '--secure-port=6443',
    `--advertise-address=${cluster.nodeAddress}`,
    `--service-cluster-ip-range=${cluster.serviceRange}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--client-ca-file=${ca}`,
    `--tls-cert-file=${file('apiserver.crt', pki.apiServer.cert)}`,
    `--tls-private-key-file=${file('apiserver.key', pki.apiServer.key)}`,
    `--service-account-issuer=${serviceAccountIssuer}`,
    `--service-account-key-file=${file('service-account.pub', pki.serviceAccount.publicKey)}`,
    `--service-account-signing-key-file=${file('service-account.key', pki.serviceAccount.privateKey)}`,
    // Without InternalIP first, logs and exec fail on the node's name.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-certificate-authority=${ca}`,
    `--kubelet-client-certificate=${file('kubelet-client.crt', pki.clients['apiserver-kubelet'].cert)}`,
    `--kubelet-client-key=${file('kubelet-client.key', pki.clients['apiserver-kubelet'].key)}`,
    // Aggregated API servers; without these the controllers ask for them all the time.
    `--requestheader-client-ca-file=${ca}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${file('front-proxy.crt', pki.clients['front-proxy-client'].cert)}`,
    `--proxy-client-key-file=${file('front-proxy.key', pki.clients['front-proxy-client'].key)}`,
    '--profiling=false',
    '--v=1',
  ]);
}
