import { importComponent } from '../../mesh/istio/export-names.ts';
import { EAST_WEST_GATEWAY } from '../../mesh/istio/istio-names.ts';
import { servicePorts } from '../../mesh/istio/service-ports.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { ImportTarget } from '../../mesh/sync/followed-target.ts';
import { applyObjects } from '../objects/apply-objects.ts';
import { importedObjects, readOwner } from '../exports/exported-service.ts';
import { isOurs } from '../../mesh/field-managers.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import type { FollowedKind, Source, WritableReading } from './followed-kind.ts';

/** A service of another cluster in a replicated mesh: it is called at the owner's gateway, wherever that is, on the ports that it has there. */
export const followedImport: FollowedKind<'import'> = {
  sources: ({ owner, namespace, service }): Source[] => {
    const query = (at: string, name: string): Source => ({
      cluster: owner,
      query: {
        apiVersion: 'v1',
        kind: 'Service',
        namespace: at,
        fieldSelector: `metadata.name=${name}`,
      },
    });
    return [query(namespace, EAST_WEST_GATEWAY), query(service.namespace, service.service)];
  },
  read: readImport,
};

/** Addresses in a ServiceEntry, sorted. */
function endpointsOf(entry: KubernetesObject): string[] {
  const { spec } = entry as { spec?: { endpoints?: { address?: string }[] } };
  return (spec?.endpoints ?? []).flatMap(({ address }) => address ?? []).sort();
}

/** Numbers of the ports in a ServiceEntry. */
function portsOf(entry: KubernetesObject): number[] {
  const { spec } = entry as { spec?: { ports?: { number?: number }[] } };
  return (spec?.ports ?? []).flatMap(({ number }) => number ?? []);
}

/** One line for each address, e.g. `198.18.2.1 on 8000, 9000`. */
function linesOf(addresses: readonly string[], ports: readonly number[]): string[] {
  return addresses.map((address) => `${address} on ${ports.join(', ')}`);
}

async function readImport(ports: StepPorts, target: ImportTarget): Promise<WritableReading> {
  const caller = await ports.clusters.open(target.cluster);
  const name = importComponent(target.service);
  // The entry first: who knew less is refused when it writes.
  const entry = await caller.read({
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    namespace: target.namespace,
    name: target.throughEgress ? `${name}-egress` : name,
  });
  const { service, gateways } = await readOwner(ports, target);
  const present = entry === null || !isOurs(entry) ? null : endpointsOf(entry);
  const live = present === null || entry === null ? null : linesOf(present, portsOf(entry));
  const wanted =
    gateways.length > 0 && service !== null
      ? linesOf(
          gateways,
          servicePorts(service).map(({ number }) => number),
        )
      : (live ?? []);
  return {
    live,
    wanted,
    vanished:
      service === null
        ? `${target.owner.name} has no Service ${target.service.namespace}/${target.service.service}`
        : gateways.length === 0
          ? `the gateway of ${target.owner.name} has no address`
          : null,
    async write() {
      if (service === null || entry === null || gateways.length === 0) return;
      const { resourceVersion } = entry.metadata;
      const objects = importedObjects(target, service, gateways).map((object) =>
        object.kind === 'ServiceEntry' && object.metadata.name === entry.metadata.name
          ? {
              ...object,
              metadata: {
                ...object.metadata,
                ...(resourceVersion === undefined ? {} : { resourceVersion }),
              },
            }
          : object,
      );
      await applyObjects(caller, objects);
    },
  };
}
