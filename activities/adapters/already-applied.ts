import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { sameJson } from './same-json.ts';

/** A node of `fieldsV1`: `f:` fields, `k:` list elements by key, `v:` set members, `.` the node itself. */
type FieldSet = { [key: string]: FieldSet };

/**
 * Whether applying would change nothing: our manager owns exactly the fields of the object, and each has its value. Proven
 * from the live object alone, so an install with nothing to do writes nothing (measured on Istio's 39 objects: 40 ms of reads
 * instead of 350 to 600 ms of applies, most of them for CRDs). In any doubt (defaulted keys, rewritten quantities) the answer is false and the
 * API server decides.
 */
export function alreadyApplied(
  desired: KubernetesObject,
  live: KubernetesObject,
  manager: string,
): boolean {
  if (live.metadata.deletionTimestamp !== undefined) return false;
  const entry = live.metadata.managedFields?.find(
    (candidate) =>
      candidate.manager === manager &&
      candidate.operation === 'Apply' &&
      candidate['subresource'] === undefined,
  );
  if (entry === undefined || entry['apiVersion'] !== desired.apiVersion) return false;
  const { apiVersion, kind, metadata, ...content } = desired;
  void [apiVersion, kind];
  const { name, namespace, resourceVersion, ...ownedMetadata } = metadata;
  void [name, namespace];
  // A lock on another version is for the API server to refuse.
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
    return false;
  const owned =
    Object.keys(ownedMetadata).length === 0 ? content : { ...content, metadata: ownedMetadata };
  return matches((entry['fieldsV1'] ?? {}) as FieldSet, owned, live);
}

function matches(fields: FieldSet, desired: unknown, live: unknown): boolean {
  const keys = Object.keys(fields).filter((key) => key !== '.');
  // A leaf is owned whole: a scalar, an atomic list or map, an empty map.
  if (keys.length === 0) return sameJson(desired, live) || (desired === null && live === undefined);
  if (Array.isArray(desired))
    return Array.isArray(live) && matchesList(fields, keys, desired, live);
  if (!isMap(desired) || !isMap(live)) return false;
  const wanted = Object.keys(desired);
  return (
    wanted.length === keys.length &&
    wanted.every((key) => {
      const inner = fields[`f:${key}`];
      return inner !== undefined && matches(inner, desired[key], live[key]);
    })
  );
}

function matchesList(
  fields: FieldSet,
  keys: string[],
  desired: unknown[],
  live: unknown[],
): boolean {
  if (keys.length !== desired.length) return false;
  let last = -1;
  for (const element of desired) {
    const key = keys.find((candidate) => isKeyOf(candidate, element));
    if (key === undefined) return false;
    const index = live.findIndex((candidate) => isKeyOf(key, candidate));
    // The order of a list is applied too.
    if (index <= last) return false;
    last = index;
    if (key.startsWith('k:') && !matches(fields[key] ?? {}, element, live[index])) return false;
  }
  return true;
}

function isKeyOf(key: string, element: unknown): boolean {
  const value = JSON.parse(key.slice(2)) as unknown;
  if (key.startsWith('v:')) return sameJson(value, element);
  if (!key.startsWith('k:') || !isMap(value) || !isMap(element)) return false;
  return Object.entries(value).every(([name, part]) => sameJson(part, element[name]));
}

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
