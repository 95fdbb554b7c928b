import type { KubernetesObject } from './kubernetes-object.ts';

/** A node of `fieldsV1`: `f:` fields, `k:` list elements by key, `v:` set members, `.` the node itself. */
type FieldSet = { [key: string]: FieldSet };

/**
 * The object as a field manager applied it last: what it owns and nothing else. So one field can be applied anew without letting go of the
 * others, and without knowing who rendered them. Lists are taken whole; null when the manager never applied the object.
 */
export function appliedFields(object: KubernetesObject, manager: string): KubernetesObject | null {
  const entry = object.metadata.managedFields?.find(
    (candidate) => candidate.manager === manager && candidate.operation === 'Apply',
  );
  if (entry === undefined) return null;
  const { apiVersion, kind, metadata, ...content } = object;
  const owned = picked((entry['fieldsV1'] ?? {}) as FieldSet, { ...content, metadata }) as {
    metadata?: object;
  };
  const { name, namespace } = metadata;
  return {
    apiVersion,
    kind,
    ...owned,
    metadata: { ...owned.metadata, name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

function picked(fields: FieldSet, value: unknown): unknown {
  const keys = Object.keys(fields).filter((key) => key.startsWith('f:'));
  if (keys.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value))
    return value;
  const from = value as { [key: string]: unknown };
  return Object.fromEntries(
    keys
      .map((key): [string, unknown] => [
        key.slice(2),
        picked(fields[key] ?? {}, from[key.slice(2)]),
      ])
      .filter(([, inner]) => inner !== undefined),
  );
}
