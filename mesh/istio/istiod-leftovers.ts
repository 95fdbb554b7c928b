import type { ObjectRef } from '../kubernetes-object.ts';
import { ROOT_CERT_CONFIG_MAP } from './istio-names.ts';

/** Field manager of everything that istiod writes: the name of its program. */
export const ISTIOD_MANAGER = 'pilot-discovery';

/** ConfigMaps that istiod writes into every namespace and never takes away. */
export const NAMESPACE_LEFTOVERS = [ROOT_CERT_CONFIG_MAP, 'istio-ca-crl'] as const;

/**
 * What istiod itself leaves in the system namespace: its elections and their leases (field manager `pilot-discovery`; measured, see
 * pilot/pkg/leaderelection/leaderelection.go for the names).
 */
export function electionLeftovers(namespace: string): ObjectRef[] {
  const configMaps = [
    'istio-leader',
    'istio-ip-autoallocate',
    'istio-namespace-controller-election',
    'istio-gateway-status-leader',
    'istio-gateway-deployment-leader',
  ];
  const leases = ['istio-gateway-deployment-default', 'istio-gateway-status-leader-default'];
  return [
    ...configMaps.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })),
    ...leases.map((name) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      namespace,
      name,
    })),
  ];
}
