import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import type { Cluster } from '../ports/cluster.ts';

/** An Istio that is in the cluster when ours is gone, as `Kind namespace/name`; null when there is none. It needs definitions and writes the ConfigMaps that ours wrote. */
export async function otherIstio(cluster: Cluster): Promise<string | null> {
  const [deployments, injectors] = await Promise.all([
    cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', labelSelector: 'app=istiod' }),
    cluster.list({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      labelSelector: 'app=sidecar-injector',
    }),
  ]);
  const [other] = [...deployments, ...injectors];
  return other === undefined ? null : describeRef(refOf(other));
}
