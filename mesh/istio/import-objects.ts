import type { KubernetesObject } from '../kubernetes-object.ts';
import { passthroughGateway, subsetsRule } from './export-objects.ts';
import { passthroughName } from './export-names.ts';
import { isIpAddress } from './gateway-address.ts';
import { gatewayNames } from './gateway-role.ts';
import { EAST_WEST_TLS_PORT } from './istio-names.ts';
import type { NamedPort } from './service-ports.ts';

/** What a service of another cluster is made of where it is called. */
export type ImportedService = {
  /** Name of the objects. */
  name: string;
  /** Namespace of the objects; they are seen in all namespaces. */
  namespace: string;
  /** Name by which it is called. */
  host: string;
  /** Its name in the owner's cluster, by which the owner's gateway knows it. */
  ownHost: string;
  /** Address that the name stands for; null where the name alone is used. */
  address: string | null;
  /** Its ports. */
  ports: readonly NamedPort[];
  /** Addresses of the owner's gateway: IPs, or host names. */
  gateways: readonly string[];
  /** Names of the subsets that callers can choose. */
  subsets: readonly string[];
  /** Whether callers go through the egress gateway of their own cluster. */
  throughEgress: boolean;
};

/** Label of endpoints that take mutual TLS; a gateway that passes it through drops all others. */
const MUTUAL_TLS = { 'security.istio.io/tlsMode': 'istio' } as const;

function serviceEntry(
  imported: ImportedService,
  name: string,
  spec: { host: string; endpoints: readonly string[]; more: object },
): KubernetesObject {
  const { namespace, ports } = imported;
  const gatewayPorts = Object.fromEntries(
    ports.map((port): [string, number] => [port.name, EAST_WEST_TLS_PORT]),
  );
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name, namespace },
    spec: {
      hosts: [spec.host],
      location: 'MESH_INTERNAL',
      ports: ports.map((port) => ({
        name: port.name,
        number: port.number,
        ...(port.protocol === null ? {} : { protocol: port.protocol }),
      })),
      resolution: spec.endpoints.every(isIpAddress) ? 'STATIC' : 'DNS',
      endpoints: spec.endpoints.map((address) => ({
        address,
        ports: gatewayPorts,
        labels: MUTUAL_TLS,
      })),
      ...spec.more,
    },
  };
}

function tlsByPort(imported: ImportedService, subset: string | null): object {
  return {
    portLevelSettings: imported.ports.map(({ number }) => ({
      port: { number },
      tls: {
        mode: 'ISTIO_MUTUAL',
        sni: passthroughName(imported.ownHost, number, subset),
      },
    })),
  };
}

/**
 * How callers see a service of another cluster: a name with an address, whose requests go, with mutual TLS that only the service itself ends, to
 * the owner's gateway, or to their own egress gateway, which knows the owner's.
 */
export function importObjects(imported: ImportedService): KubernetesObject[] {
  const { name, namespace, host, address, subsets, throughEgress } = imported;
  const egress = `${gatewayNames('egress').name}.${namespace}.svc.cluster.local`;
  return [
    serviceEntry(imported, name, {
      host,
      endpoints: throughEgress ? [egress] : imported.gateways,
      more: address === null ? {} : { addresses: [address] },
    }),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name, namespace },
      spec: {
        host,
        trafficPolicy: tlsByPort(imported, null),
        ...(subsets.length === 0
          ? {}
          : {
              subsets: subsets.map((subset) => ({
                name: subset,
                trafficPolicy: tlsByPort(imported, subset),
              })),
            }),
      },
    },
    ...(throughEgress ? egressObjects(imported) : []),
  ];
}

/** What the egress gateway alone knows (`exportTo: .`): the owner's gateway under the name that is inside the server name. */
function egressObjects(imported: ImportedService): KubernetesObject[] {
  const { name, namespace, ownHost, subsets } = imported;
  const egress = `${name}-egress`;
  return [
    passthroughGateway(egress, namespace, gatewayNames('egress').label, ownHost),
    serviceEntry(imported, egress, {
      host: ownHost,
      endpoints: imported.gateways,
      more: { exportTo: ['.'] },
    }),
    ...(subsets.length === 0
      ? []
      : [
          subsetsRule(
            egress,
            namespace,
            ownHost,
            subsets.map((subset) => ({ name: subset })),
          ),
        ]),
  ];
}
