import type { KubernetesObject } from '../kubernetes-object.ts';
import { REVISION_LABEL } from './istio-names.ts';

/**
 * A pod like that of a gateway, to be created as a dry run: what the injector makes of it tells whether gateways can start.
 * `image: auto` is what Istio's gateways carry until injection fills it in.
 */
export function injectorProbePod(namespace: string, revision: string | null): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'meshwright-injector-probe',
      namespace,
      labels: {
        'sidecar.istio.io/inject': 'true',
        ...(revision === null ? {} : { [REVISION_LABEL]: revision }),
      },
      annotations: { 'inject.istio.io/templates': 'gateway' },
    },
    spec: { containers: [{ name: 'istio-proxy', image: 'auto' }] },
  };
}

/** Whether the injector has filled in the proxy. A bare success proves nothing: it also comes while the webhook is not there yet. */
export function isInjected(answer: KubernetesObject): boolean {
  const containers =
    (answer as { spec?: { containers?: { name?: string; image?: string }[] } }).spec?.containers ??
    [];
  const proxy = containers.find((container) => container.name === 'istio-proxy');
  return proxy?.image !== undefined && proxy.image !== '' && proxy.image !== 'auto';
}
