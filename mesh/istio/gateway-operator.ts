import type { JsonObject } from '../json.ts';
import type { StepInputs } from '../plan/step-inputs.ts';
import { EAST_WEST_GATEWAY, EAST_WEST_TLS_PORT, NETWORK_LABEL } from './istio-names.ts';
import { mergeValues } from './merge-values.ts';

const SERVICES_PORT = { name: 'tls', port: EAST_WEST_TLS_PORT } as const;
const PORTS = [
  { name: 'status-port', port: 15021 },
  { name: 'tls-istiod', port: 15012 },
  { name: 'tls-webhook', port: 15017 },
] as const;

/**
 * The IstioOperator of an east-west gateway, as `samples/multicluster/gen-eastwest-gateway.sh --network N [--revision R]` writes it. In a mesh
 * of one network it leads to istiod only: a network label there would make istiod send pods' traffic through it.
 */
export function gatewayOperator(input: StepInputs['applyGateway']): JsonObject {
  const { namespace, network, revision, services = true } = input;
  const [status, ...control] = PORTS;
  const ports = services ? [status, SERVICES_PORT, ...control] : PORTS;
  return {
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    metadata: { name: 'eastwest', namespace },
    spec: {
      revision: revision ?? '',
      profile: 'empty',
      components: {
        ingressGateways: [
          {
            name: EAST_WEST_GATEWAY,
            namespace,
            label: {
              istio: 'eastwestgateway',
              app: EAST_WEST_GATEWAY,
              ...(services ? { [NETWORK_LABEL]: network } : {}),
            },
            enabled: true,
            k8s: {
              // Traffic through this gateway is routed inside its own network.
              ...(services
                ? { env: [{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: network }] }
                : {}),
              service: { ports: ports.map(({ name, port }) => ({ name, port, targetPort: port })) },
            },
          },
        ],
      },
      values: mergeValues(input.istio.values, {
        gateways: { 'istio-ingressgateway': { injectionTemplate: 'gateway' } },
        global: { network, istioNamespace: namespace },
      }),
    },
  };
}
