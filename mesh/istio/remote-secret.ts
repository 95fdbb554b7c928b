import type { KubernetesObject } from '../kubernetes-object.ts';
import {
  CLUSTER_ANNOTATION,
  MULTI_CLUSTER_LABEL,
  READER_ACCOUNT,
  READER_TOKEN_SECRET,
  remoteSecretName,
} from './istio-names.ts';

/** What a primary needs to read a remote; holds a token, so it never leaves activity memory. */
export type RemoteAccess = {
  /** Name of the remote. */
  cluster: string;
  /** API server of the remote as the primary reaches it, `https://host:port`. */
  server: string;
  /** CA of that API server, base64 of PEM. */
  caData: string;
  /** Bearer token of the reader account. */
  token: string;
};

/**
 * The kubeconfig of a remote secret, byte for byte as `istioctl create-remote-secret` writes it (istioctl/pkg/multicluster/remote_secret.go):
 * cluster, context and user all carry the cluster's name.
 */
export function remoteKubeconfig({ cluster, server, caData, token }: RemoteAccess): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${caData}
    server: ${server}
  name: ${cluster}
contexts:
- context:
    cluster: ${cluster}
    user: ${cluster}
  name: ${cluster}
current-context: ${cluster}
kind: Config
users:
- name: ${cluster}
  user:
    token: ${token}
`;
}

/** The remote secret of a cluster, for its primary's system namespace; `kubeconfigBase64` is the encoded kubeconfig. */
export function remoteSecret(
  cluster: string,
  namespace: string,
  kubeconfigBase64: string,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: remoteSecretName(cluster),
      namespace,
      labels: { [MULTI_CLUSTER_LABEL]: 'true' },
      annotations: { [CLUSTER_ANNOTATION]: cluster },
    },
    type: 'Opaque',
    data: { [cluster]: kubeconfigBase64 },
  };
}

/** The Secret that makes Kubernetes issue a token for the reader account, as istioctl creates it. */
export function readerTokenSecret(namespace: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: READER_TOKEN_SECRET,
      namespace,
      annotations: { 'kubernetes.io/service-account.name': READER_ACCOUNT },
    },
    type: 'kubernetes.io/service-account-token',
  };
}
