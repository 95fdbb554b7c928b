import type { JsonObject } from '../json.ts';
import type { StepInputs } from '../plan/step-inputs.ts';
import type { EdgeGateway } from '../spec/mesh-spec.ts';
import { gatewayNames } from './gateway-role.ts';
import { EAST_WEST_TLS_PORT, NETWORK_LABEL } from './istio-names.ts';
import { mergeValues } from './merge-values.ts';

/** Annotation of a gateway's pods where an injector of the cluster's own injects them. */
const INJECTOR_ANNOTATION = 'meshwright.dev/injector';

type Input = StepInputs['applyGateway'];
type Port = { name: string; port: number; targetPort: number };

const STATUS: Port = { name: 'status-port', port: 15021, targetPort: 15021 };
const TLS: Port = { name: 'tls', port: EAST_WEST_TLS_PORT, targetPort: EAST_WEST_TLS_PORT };
const ISTIOD: Port[] = [
  { name: 'tls-istiod', port: 15012, targetPort: 15012 },
  { name: 'tls-webhook', port: 15017, targetPort: 15017 },
];
/** A gateway's user may not open ports below 1024, so its pods listen 8000 and more above. */
const HTTP: Port[] = [
  { name: 'http2', port: 80, targetPort: 8080 },
  { name: 'https', port: 443, targetPort: 8443 },
];

/**
 * The component of an east-west gateway, as `samples/multicluster/gen-eastwest-gateway.sh --network N [--revision R]` writes it. In a mesh
 * of one network it leads to istiod only: a network label there would make istiod send pods' traffic through it.
 */
function eastWestGateway({ network, services = true }: Input): JsonObject {
  const { name, label } = gatewayNames(null);
  return {
    label: { istio: label, app: name, ...(services ? { [NETWORK_LABEL]: network } : {}) },
    k8s: {
      // Traffic through this gateway is routed inside its own network.
      ...(services ? { env: [{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: network }] } : {}),
      service: { ports: services ? [STATUS, TLS, ...ISTIOD] : [STATUS, ...ISTIOD] },
    },
  };
}

/**
 * The component of a gateway at the edge, with the names and ports of Istio's profiles; an egress gateway has 15443 besides, on which it
 * passes mutual TLS through. Neither has a network label: istiod would send the traffic of other networks through it.
 */
function edgeGateway(role: EdgeGateway): JsonObject {
  const { name, label } = gatewayNames(role);
  return {
    label: { istio: label, app: name },
    k8s: { service: { ports: role === 'ingress' ? [STATUS, ...HTTP] : [...HTTP, TLS] } },
  };
}

/**
 * Makes new pods of a gateway when another istiod injects it: its proxy keeps the discovery address it was injected with, and of a local injector
 * it would learn nothing of other clusters.
 */
function injectedBy({ injector }: Input): JsonObject {
  return injector === 'local'
    ? { k8s: { podAnnotations: { [INJECTOR_ANNOTATION]: 'local' } } }
    : {};
}

/** The IstioOperator of one gateway, the east-west one or one at the edge; Istio's charts make an egress gateway's Service a ClusterIP. */
export function gatewayOperator(input: Input): JsonObject {
  const { namespace, network, revision, role = null } = input;
  const gateway: JsonObject = mergeValues(
    { name: gatewayNames(role).name, namespace, enabled: true },
    role === null ? eastWestGateway(input) : edgeGateway(role),
    injectedBy(input),
  );
  const [kind, values] =
    role === 'egress'
      ? (['egressGateways', 'istio-egressgateway'] as const)
      : (['ingressGateways', 'istio-ingressgateway'] as const);
  return {
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    metadata: { name: role ?? 'eastwest', namespace },
    spec: {
      revision: revision ?? '',
      profile: 'empty',
      components: { [kind]: [gateway] },
      values: mergeValues(input.istio.values, {
        gateways: { [values]: { injectionTemplate: 'gateway' } },
        global: { network, istioNamespace: namespace },
      }),
    },
  };
}
