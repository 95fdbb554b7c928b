import { EAST_WEST_TLS_PORT } from './istio-names.ts';

/** Stands in `meshNetworks` for a gateway whose address is not known yet. istiod takes it for a real address, so it must not stay. */
export const ADDRESS_PLACEHOLDER = '0.0.0.0';

/** One network of `meshNetworks` with the addresses of its gateways. */
export type NetworkEntry = {
  /** Network name. */
  name: string;
  /** Clusters whose endpoints belong to it. */
  clusters: string[];
  /** Addresses of its gateways; empty while none is known. */
  addresses: string[];
};

/** Quotes a scalar unless YAML 1.1 and 1.2 both read it as the text it is. */
function scalar(text: string): string {
  const plain = /^[a-z][a-z0-9.-]*$/.test(text) || /^\d+\.\d+\.\d+\.\d+$/.test(text);
  const word = /^(y|n|yes|no|on|off|true|false|null)$/.test(text);
  return plain && !word ? text : JSON.stringify(text);
}

/** The text of key `meshNetworks` in ConfigMap `istio`; a network without a known address gets the placeholder. */
export function meshNetworksText(networks: NetworkEntry[]): string {
  if (networks.length === 0) return 'networks: {}';
  const lines = ['networks:'];
  for (const network of networks) {
    const addresses = network.addresses.length > 0 ? network.addresses : [ADDRESS_PLACEHOLDER];
    lines.push(`  ${scalar(network.name)}:`, '    endpoints:');
    for (const cluster of network.clusters) lines.push(`    - fromRegistry: ${scalar(cluster)}`);
    lines.push('    gateways:');
    for (const address of addresses)
      lines.push(`    - address: ${scalar(address)}`, `      port: ${EAST_WEST_TLS_PORT}`);
  }
  return lines.join('\n');
}
