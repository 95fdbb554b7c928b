import type { KubernetesObject } from '../kubernetes-object.ts';

/** A port of a Service, as Istio's ServiceEntry wants it. */
export type NamedPort = {
  /** Name; the number as text where the Service leaves it out, as it may with one port. */
  name: string;
  /** Port that callers use. */
  number: number;
  /** Istio's protocol. */
  protocol: string;
};

/** Istio's protocols by what a port's name begins with, or its appProtocol says (pkg/config/protocol/instance.go). */
const PROTOCOLS: { [prefix: string]: string } = {
  http: 'HTTP',
  http2: 'HTTP2',
  h2c: 'HTTP2',
  'kubernetes.io/h2c': 'HTTP2',
  grpc: 'GRPC',
  https: 'HTTPS',
  tls: 'TLS',
  mongo: 'MONGO',
  tcp: 'TCP',
};

type Port = { name?: string; port: number; protocol?: string; appProtocol?: string };

function protocolOf({ name, appProtocol }: Port): string {
  const said = appProtocol ?? name?.split('-')[0] ?? '';
  return PROTOCOLS[said.toLowerCase()] ?? 'TCP';
}

/** The TCP ports of a Service; a sidecar carries no UDP. What does not say its protocol is TCP, which carries everything. */
export function servicePorts(service: KubernetesObject): NamedPort[] {
  const ports = (service as { spec?: { ports?: Port[] } }).spec?.ports ?? [];
  return ports
    .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
    .map((port) => ({
      name: port.name ?? String(port.port),
      number: port.port,
      protocol: protocolOf(port),
    }));
}
