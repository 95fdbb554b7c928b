import type { KubernetesObject } from '../kubernetes-object.ts';
import type { ExportSubset } from '../spec/mesh-spec.ts';
import { EAST_WEST_TLS_PORT } from './istio-names.ts';

/** A Gateway that passes mutual TLS through to one host by its server name, on the pods of one gateway. */
export function passthroughGateway(
  name: string,
  namespace: string,
  selector: string,
  host: string,
): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: {
      selector: { istio: selector },
      servers: [
        {
          port: { number: EAST_WEST_TLS_PORT, name: 'tls', protocol: 'TLS' },
          tls: { mode: 'AUTO_PASSTHROUGH' },
          // A wildcard would let in whoever knows the name of a service: this list is what is exported.
          hosts: [host],
        },
      ],
    },
  };
}

/** What an export is made of in its own cluster. */
export type ExportedService = {
  /** Name of the objects. */
  name: string;
  /** System namespace, where the gateway runs. */
  namespace: string;
  /** Name of the service in its own cluster. */
  host: string;
  /** Versions that callers can choose. */
  subsets: readonly ExportSubset[];
};

/**
 * Lets a service be called through the east-west gateway. Subsets are for the gateway alone (`exportTo: .`), which makes a way of each: the
 * owner's own rules for the host are neither seen nor touched.
 */
export function exportObjects({
  name,
  namespace,
  host,
  subsets,
}: ExportedService): KubernetesObject[] {
  return [
    passthroughGateway(name, namespace, 'eastwestgateway', host),
    ...(subsets.length === 0 ? [] : [subsetsRule(name, namespace, host, subsets)]),
  ];
}

/** A DestinationRule with nothing but subsets, seen in its own namespace only. */
export function subsetsRule(
  name: string,
  namespace: string,
  host: string,
  subsets: readonly { name: string; labels?: { [label: string]: string } }[],
): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace },
    spec: {
      host,
      exportTo: ['.'],
      subsets: subsets.map((subset) => ({
        name: subset.name,
        ...(subset.labels === undefined ? {} : { labels: subset.labels }),
      })),
    },
  };
}
