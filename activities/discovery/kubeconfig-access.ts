import { parse } from 'yaml';
import type { RemoteAccess } from '../../mesh/istio/remote-secret.ts';

type Kubeconfig = {
  clusters?: {
    name?: string;
    cluster?: { server?: string; 'certificate-authority-data'?: string };
  }[];
  users?: { name?: string; user?: { token?: string } }[];
};

/** Reads what a remote secret's kubeconfig says, whoever wrote it; null when it is no kubeconfig with one cluster and one token. */
export function kubeconfigAccess(
  cluster: string,
  kubeconfig: string | undefined,
): RemoteAccess | null {
  let document: Kubeconfig | null;
  try {
    document = parse(kubeconfig ?? '', { maxAliasCount: 0 }) as Kubeconfig | null;
  } catch {
    return null;
  }
  const entry = document?.clusters?.[0]?.cluster;
  const token = document?.users?.[0]?.user?.token;
  const caData = entry?.['certificate-authority-data'];
  if (entry?.server === undefined || caData === undefined || token === undefined) return null;
  return { cluster, server: entry.server, caData, token };
}
