import { importComponent } from '../../mesh/istio/export-names.ts';
import { EAST_WEST_GATEWAY } from '../../mesh/istio/istio-names.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { ImportTarget } from '../../mesh/sync/followed-target.ts';
import { applyObjects } from '../apply-objects.ts';
import { importedObjects, readOwner } from '../exported-service.ts';
import { isOurs } from '../our-objects.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import type { FollowedKind, Source, WritableReading } from './followed-kind.ts';

/** A service of another cluster in a replicated mesh: it is called at the owner's gateway, wherever that is. */
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
  const live = entry === null || !isOurs(entry) ? null : endpointsOf(entry);
  const wanted = gateways.length > 0 && service !== null ? gateways : (live ?? []);
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
      if (service === null || entry === null) return;
      const { resourceVersion } = entry.metadata;
      const objects = importedObjects(target, service, wanted).map((object) =>
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
