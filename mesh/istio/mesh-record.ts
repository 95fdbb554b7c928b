import { canonicalJson } from '../canonical-json.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import type { MeshRecord } from '../plan/member.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, MESH_LABEL } from './istio-names.ts';

/** ConfigMap in every cluster's system namespace that remembers the mesh: its clusters, and what must not change under them. */
export const MESH_RECORD = 'meshwright-mesh';

/** Writes the record of a mesh. */
export function meshRecordObject(
  mesh: string,
  namespace: string,
  record: MeshRecord,
): KubernetesObject {
  const members = [...record.members].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: MESH_RECORD,
      namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [MESH_LABEL]: mesh },
    },
    data: { record: canonicalJson({ ...record, members }) },
  };
}

/** Reads the record of a mesh; null when there is none, or none that can be read. */
export function readMeshRecord(object: KubernetesObject | null): MeshRecord | null {
  const text = (object as { data?: { record?: string } } | null)?.data?.record;
  if (text === undefined) return null;
  try {
    const record = JSON.parse(text) as Partial<MeshRecord>;
    return Array.isArray(record.members) ? (record as MeshRecord) : null;
  } catch {
    return null;
  }
}

/** Names under which a cluster of that UID is remembered; none when it is not, or its UID is not known. */
export function namesOf({ members }: MeshRecord, uid: string): string[] {
  return members.flatMap((member) => (uid !== '' && member.uid === uid ? [member.name] : []));
}
