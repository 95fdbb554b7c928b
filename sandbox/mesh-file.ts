import { stringify } from 'yaml';
import { apiServerUrl } from './node-context.ts';
import type { ClusterShape } from './shape.ts';

/** How gateways of the networks are found: listed in meshNetworks, or discovered by labels. */
export type GatewayMode = 'meshNetworks' | 'discovered';

/** Version, and tag of the images, of the Istio that the sandbox's toolchain builds. */
export const sandboxIstioVersion = '1.31.0-dev.20260827';

const header = `# Written by "meshwright sandbox up", and again by every next one: copy it before you change it.
# The values under istio make up for a plain Envoy, which lacks Istio's own filters; a real mesh needs none of them.
`;

/** Writes the mesh file that fits a sandbox: cluster1 is the primary, all others its remotes. */
export function renderMeshFile(clusters: readonly ClusterShape[], gateways: GatewayMode): string {
  const networks = [...new Set(clusters.map(({ network }) => network))];
  const mesh = {
    apiVersion: 'meshwright.dev/v1alpha1',
    kind: 'Mesh',
    metadata: { name: 'sandbox' },
    spec: {
      meshID: 'sandbox',
      trustDomain: 'cluster.local',
      istio: {
        version: sandboxIstioVersion,
        hub: 'meshwright.local',
        tag: sandboxIstioVersion,
        values: plainEnvoyValues,
        meshConfig: { defaultProviders: { metrics: [] } },
        resources: [plainEnvoyFilter],
      },
      trust: { source: 'generated' },
      networks: Object.fromEntries(networks.map((network) => [network, { gateways }])),
      clusters: clusters.map((cluster, index) => ({
        name: cluster.name,
        context: cluster.name,
        apiServer: apiServerUrl(cluster),
        network: cluster.network,
        controlPlane: index === 0 ? 'primary' : { remote: clusters[0]?.name },
      })),
      verify: { image: 'meshwright.local/app:1' },
    },
  };
  return `${header}${stringify(mesh, { lineWidth: 110 })}`;
}

const smallProxy = { requests: { cpu: '10m', memory: '40Mi' } };

const plainEnvoyValues = {
  telemetry: { enabled: false },
  pilot: {
    env: { PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
    resources: { requests: { cpu: '50m', memory: '128Mi' } },
  },
  global: {
    imagePullPolicy: 'IfNotPresent',
    proxy: { resources: smallProxy },
    proxy_init: { resources: smallProxy },
  },
};

const plainEnvoyFilter = {
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  metadata: { name: 'plain-envoy', namespace: 'istio-system' },
  spec: {
    configPatches: ['istio.alpn', 'istio.stats'].map((filter) => ({
      applyTo: 'HTTP_FILTER',
      match: {
        listener: {
          filterChain: {
            filter: {
              name: 'envoy.filters.network.http_connection_manager',
              subFilter: { name: filter },
            },
          },
        },
      },
      patch: { operation: 'REMOVE' },
    })),
  },
};
