import { istiodName } from '../../mesh/istio/istio-names.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import type { Cluster } from '../ports/cluster.ts';

/** Label that ties a slice to its Service. */
const SERVICE_LABEL = 'kubernetes.io/service-name';

/**
 * Takes away the endpoints that Service `istiod` had while the cluster ran a control plane of its own. A Service that loses its selector
 * keeps them for ever, and every other request would go to a pod that is gone; the old Endpoints object would even be mirrored into a new
 * slice. Does nothing where the Service has no selector already.
 */
export async function removeFormerEndpoints(
  cluster: Cluster,
  namespace: string,
  revision: string | null,
): Promise<void> {
  const name = istiodName(revision);
  const service = await cluster.read({ apiVersion: 'v1', kind: 'Service', namespace, name });
  const selector = (service as { spec?: { selector?: object } } | null)?.spec?.selector;
  // Without a Service too: an attempt may have died after it removed it.
  if (service !== null && selector === undefined) return;
  if (service !== null)
    await cluster.remove({ apiVersion: 'v1', kind: 'Service', namespace, name });
  await cluster.remove({ apiVersion: 'v1', kind: 'Endpoints', namespace, name });
  const slices = await cluster.list({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace,
    labelSelector: `${SERVICE_LABEL}=${name}`,
  });
  await boundedParallel(slices, ({ metadata }) =>
    cluster.remove({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      namespace,
      name: metadata.name,
    }),
  );
}
