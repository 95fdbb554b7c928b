import type { KubernetesObject } from '../kubernetes-object.ts';
import { EAST_WEST_TLS_PORT } from './istio-names.ts';

/** Gateway that passes mutual TLS for all services through port 15443, as `samples/multicluster/expose-services.yaml` writes it. */
export function exposeServicesObjects(namespace: string): KubernetesObject[] {
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: 'cross-network-gateway', namespace },
      spec: {
        selector: { istio: 'eastwestgateway' },
        servers: [
          {
            port: { number: EAST_WEST_TLS_PORT, name: 'tls', protocol: 'TLS' },
            tls: { mode: 'AUTO_PASSTHROUGH' },
            hosts: ['*.local'],
          },
        ],
      },
    },
  ];
}
