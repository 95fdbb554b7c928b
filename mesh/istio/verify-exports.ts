import type { KubernetesObject } from '../kubernetes-object.ts';
import { passthroughGateway } from './export-objects.ts';
import { ownHost } from './export-names.ts';
import { importObjects } from './import-objects.ts';
import { ECHO_PORT, ECHO_SERVICE } from './verify-objects.ts';

function hostOf(cluster: string, namespace: string): string {
  return `${ECHO_SERVICE}-${cluster}.${namespace}.global`;
}

/** Where the echo of another cluster is reached while it is exported for a verification. */
export function exportedEchoUrl(cluster: string, namespace: string): string {
  return `http://${hostOf(cluster, namespace)}/`;
}

/**
 * Opens a cluster's gateway for the echo of a verification. It lives in the verification's namespace and goes with it; a Gateway chooses pods of
 * all namespaces.
 */
export function exportedEcho(namespace: string): KubernetesObject {
  const host = ownHost({ service: ECHO_SERVICE, namespace });
  return passthroughGateway(ECHO_SERVICE, namespace, 'eastwestgateway', host);
}

/** How a client reaches the echo of another cluster, in the verification's namespace. The sidecar answers for the name, with an address of istiod's. */
export function importedEcho(
  owner: string,
  namespace: string,
  gateways: readonly string[],
): KubernetesObject[] {
  return importObjects({
    name: `${ECHO_SERVICE}-${owner}`,
    namespace,
    host: hostOf(owner, namespace),
    ownHost: ownHost({ service: ECHO_SERVICE, namespace }),
    address: null,
    ports: [{ name: 'http', number: ECHO_PORT, protocol: 'HTTP' }],
    gateways,
    subsets: [],
    throughEgress: false,
  });
}
