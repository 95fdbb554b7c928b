import type { KubernetesObject } from '../kubernetes-object.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, MESH_LABEL } from './istio-names.ts';

/** ConfigMap that remembers which spec was last verified by traffic. */
export const VERIFIED_CONFIG_MAP = 'meshwright-verified';

/** The record that a spec was verified by traffic. */
export function verifiedRecord(
  mesh: string,
  namespace: string,
  specDigest: string,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: VERIFIED_CONFIG_MAP,
      namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [MESH_LABEL]: mesh },
    },
    data: { specDigest },
  };
}

/** Digest in such a record; null when there is none. */
export function verifiedDigest(record: KubernetesObject | null): string | null {
  return (record as { data?: { specDigest?: string } } | null)?.data?.specDigest ?? null;
}
