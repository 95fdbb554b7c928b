import type { KubernetesObject } from '../kubernetes-object.ts';

/** A port of a Service, as Istio's ServiceEntry wants it. */
export type NamedPort = {
  /** Name; the number as text where the Service leaves it out, as it may with one port. */
  name: string;
  /** Port that callers use. */
  number: number;
  /** Istio's protocol; null lets the sidecar find out. */
  protocol: string | null;
};

/** Istio's protocols by what a port's name begins with, or its appProtocol says (pkg/config/kube/conversion.go, ConvertProtocol). */
const PROTOCOLS: { [word: string]: string } = {
  http: 'HTTP',
  http2: 'HTTP2',
  'kubernetes.io/h2c': 'HTTP2',
  'kubernetes.io/ws': 'HTTP',
  'kubernetes.io/wss': 'HTTPS',
  grpc: 'GRPC',
  https: 'HTTPS',
  tls: 'TLS',
  tcp: 'TCP',
  mongo: 'MONGO',
  mysql: 'MySQL',
  redis: 'Redis',
};

/** Ports of servers that speak first (SMTP, DNS, MySQL, MongoDB): whoever waits for the client's first words waits in vain. */
const SPEAK_FIRST: readonly number[] = [25, 53, 3306, 27017];

type Port = { name?: string; port: number; protocol?: string; appProtocol?: string };

function protocolOf({ name = '', port, appProtocol }: Port): string | null {
  const said = (appProtocol ?? name).toLowerCase();
  if (said.startsWith('grpc-web')) return 'GRPC-Web';
  const protocol = PROTOCOLS[said] ?? PROTOCOLS[said.split('-')[0] ?? ''];
  return protocol ?? (SPEAK_FIRST.includes(port) ? 'TCP' : null);
}

/** The TCP ports of a Service; a sidecar carries no UDP. Each speaks what the owner's own istiod takes it to speak. */
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
