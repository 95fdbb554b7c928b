import type { KubernetesObject } from '../kubernetes-object.ts';
import { istiodName, REVISION_LABEL, revisionLabelValue } from './istio-names.ts';

/** Name of the LoadBalancer Service that leads to istiod alone, `istiod-elb` or `istiod-elb-<revision>`. */
export function discoveryServiceName(revision: string | null): string {
  return istiodName(revision).replace('istiod', 'istiod-elb');
}

/**
 * A LoadBalancer of istiod's own. Service `istiod` stays inside the cluster: made a LoadBalancer it would open plaintext xDS (15010) and
 * debugging (15014) to the world. 15017 is where a remote's EndpointSlice sends API servers.
 */
export function discoveryServiceObject(
  namespace: string,
  revision: string | null,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: discoveryServiceName(revision), namespace },
    spec: {
      type: 'LoadBalancer',
      selector: { app: 'istiod', [REVISION_LABEL]: revisionLabelValue(revision) },
      ports: [
        { name: 'tls-istiod', port: 15012, protocol: 'TCP', targetPort: 15012 },
        { name: 'tls-webhook', port: 15017, protocol: 'TCP', targetPort: 15017 },
      ],
    },
  };
}
