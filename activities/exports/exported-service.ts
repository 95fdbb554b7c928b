import { MeshFailure } from '../../mesh/failure.ts';
import { exportHost, importComponent, ownHost } from '../../mesh/istio/export-names.ts';
import { importObjects } from '../../mesh/istio/import-objects.ts';
import { loadBalancerAddresses } from '../../mesh/istio/gateway-address.ts';
import { EAST_WEST_GATEWAY } from '../../mesh/istio/istio-names.ts';
import { servicePorts } from '../../mesh/istio/service-ports.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** What an import is worked out from. */
export type ImportInput = Omit<StepInputs['applyImport'], 'mesh'>;

/** What the owner's cluster says of an exported service now. */
export type OwnerReading = {
  /** The Service; null when there is none. */
  service: KubernetesObject | null;
  /** Addresses of the owner's gateway, IPs and host names, sorted; none while it has none. */
  gateways: string[];
};

/** Reads an exported service and its gateway in the owner's cluster. */
export async function readOwner(ports: StepPorts, input: ImportInput): Promise<OwnerReading> {
  const owner = await ports.clusters.open(input.owner);
  const at = { apiVersion: 'v1', kind: 'Service' };
  const { service: name, namespace } = input.service;
  const [service, gateway] = await Promise.all([
    owner.read({ ...at, namespace, name }),
    owner.read({ ...at, namespace: input.namespace, name: EAST_WEST_GATEWAY }),
  ]);
  return { service, gateways: loadBalancerAddresses(gateway).sort() };
}

/** The objects of an import over what was read; also used by the mesh's sync, which follows the addresses of gateways. */
export function importedObjects(
  input: ImportInput,
  service: KubernetesObject,
  gateways: readonly string[],
): KubernetesObject[] {
  return importObjects({
    name: importComponent(input.service),
    namespace: input.namespace,
    host: exportHost(input.service),
    ownHost: ownHost(input.service),
    address: input.address,
    ports: servicePorts(service),
    gateways,
    subsets: input.subsets,
    throughEgress: input.throughEgress,
  });
}

/**
 * Reads what an import needs.
 * @throws MeshFailure PrecheckFailed when the owner has no such Service or none with a TCP port, WaitTimedOut when its gateway has no address
 */
export async function requireOwner(
  ports: StepPorts,
  input: ImportInput,
): Promise<OwnerReading & { service: KubernetesObject }> {
  const reading = await readOwner(ports, input);
  const { name: cluster } = input.owner;
  const object = `Service ${input.service.namespace}/${input.service.service}`;
  const { service, gateways } = reading;
  if (service === null || servicePorts(service).length === 0) {
    throw new MeshFailure(
      'PrecheckFailed',
      service === null
        ? `${cluster} has no ${object}, which the mesh file exports`
        : `${object} of ${cluster} has no TCP port to export`,
      { cluster, object, cure: 'create it, or take it out of exports; then retry' },
    );
  }
  if (gateways.length === 0) {
    throw new MeshFailure('WaitTimedOut', `the east-west gateway of ${cluster} has no address`, {
      cluster,
      cure: 'give its LoadBalancer an address, then retry',
    });
  }
  return { service, gateways };
}

/**
 * Refuses a Service of the same name beside one that is called through the egress gateway, which would not know which of the two is meant.
 * @throws MeshFailure PrecheckFailed
 */
export async function refuseTwin(cluster: Cluster, input: ImportInput): Promise<void> {
  if (!input.throughEgress) return;
  const { service: name, namespace } = input.service;
  const twin = await cluster.read({ apiVersion: 'v1', kind: 'Service', namespace, name });
  if (twin === null) return;
  const object = `Service ${namespace}/${name}`;
  throw new MeshFailure(
    'PrecheckFailed',
    `${cluster.name} has a ${object} of its own beside the one of ${input.owner.name} that it calls through its egress gateway`,
    {
      cluster: cluster.name,
      object,
      cure: 'call it directly (through: direct), or give one of the two another name; then retry',
    },
  );
}
