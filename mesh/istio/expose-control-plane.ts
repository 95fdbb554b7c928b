import type { KubernetesObject } from '../kubernetes-object.ts';
import { discoveryName, istiodName } from './istio-names.ts';

const PORTS = [
  { number: 15012, name: 'tls-istiod', servicePort: 15012 },
  { number: 15017, name: 'tls-istiodwebhook', servicePort: 443 },
] as const;

/**
 * Gateway and VirtualService that lead ports 15012 and 15017 of the east-west gateway to istiod, as `samples/multicluster/expose-istiod.yaml`
 * writes them, and as `expose-istiod-rev.yaml.tmpl` does for a revision, whose server names keep two revisions apart; with the name that sidecars
 * use in clusters with a local injector.
 */
export function exposeControlPlaneObjects(
  namespace: string,
  revision: string | null,
): KubernetesObject[] {
  const service = `${istiodName(revision)}.${namespace}.svc`;
  const names = [istiodName(revision), discoveryName(revision, 'local')];
  const sniHosts =
    revision === null
      ? ['*']
      : names.flatMap((name) => [
          `${name}.${namespace}.svc`,
          `${name}.${namespace}.svc.cluster.local`,
        ]);
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: 'istiod-gateway', namespace },
      spec: {
        selector: { istio: 'eastwestgateway' },
        servers: PORTS.map(({ number, name }) => ({
          port: { name, number, protocol: 'tls' },
          tls: { mode: 'PASSTHROUGH' },
          hosts: ['*'],
        })),
      },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: revision === null ? 'istiod-vs' : `istiod-vs-${revision}`, namespace },
      spec: {
        hosts: ['*'],
        gateways: ['istiod-gateway'],
        tls: PORTS.map(({ number, servicePort }) => ({
          match: [{ port: number, sniHosts }],
          route: [
            { destination: { host: `${service}.cluster.local`, port: { number: servicePort } } },
          ],
        })),
      },
    },
  ];
}
