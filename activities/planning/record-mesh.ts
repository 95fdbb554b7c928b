import { MESH_RECORD, meshRecordObject, readMeshRecord } from '../../mesh/istio/mesh-record.ts';
import type { Member } from '../../mesh/plan/member.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/**
 * Makes `recordMesh`: lets every cluster remember which clusters the mesh has, so that one that leaves the file is found and cleaned.
 *
 * Idempotent: server-side apply of the same object; a second one changes nothing.
 * Heartbeats: every second.
 * Fails with: what requests fail with.
 */
export function createRecordMesh(
  ports: StepPorts,
): (input: StepInputs['recordMesh']) => Promise<StepOutcome> {
  return async ({ clusters: refs, mesh, namespace, record, away = [] }) => {
    const clusters = await boundedParallel(refs, (ref) => ports.clusters.open(ref));
    const unlisted = away.filter((name) => record.members.every((member) => member.name !== name));
    const known = unlisted.length === 0 ? [] : await membersKnown(clusters, namespace);
    const kept = unlisted.flatMap((name) => known.find((member) => member.name === name) ?? []);
    const members = [...record.members, ...kept];
    const object = meshRecordObject(mesh, namespace, { ...record, members });
    const written = await boundedParallel(clusters, (cluster) => cluster.apply(object));
    const changed = written.filter((one) => one.changed).length;
    return { changed, summary: `${members.length} clusters remembered` };
  };
}

/** Everybody whom one of the clusters remembers: one that is new remembers nobody yet. */
async function membersKnown(clusters: readonly Cluster[], namespace: string): Promise<Member[]> {
  const records = await boundedParallel(clusters, async (cluster) =>
    readMeshRecord(
      await cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: MESH_RECORD }),
    ),
  );
  return records.flatMap((record) => record?.members ?? []);
}
