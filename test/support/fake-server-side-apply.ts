import type { JsonObject } from '../../mesh/json.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';

/** Leaf fields of an object by path; a list of named elements is a map by name, any other list is one leaf. */
export type Fields = Map<string, unknown>;

const SEPARATOR = '\u0000';

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is { name: string }[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isMap(item) && typeof item['name'] === 'string')
  );
}

function collect(value: unknown, path: string[], fields: Fields): void {
  if (isMap(value) && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value)) collect(inner, [...path, key], fields);
  } else if (isNamedList(value)) {
    for (const item of value) collect(item, [...path, `[${item.name}]`], fields);
  } else {
    fields.set(path.join(SEPARATOR), value);
  }
}

/** The fields of an object that managers can own: all but its identity and what the API server keeps. */
export function fieldsOf(object: KubernetesObject): Fields {
  const { apiVersion, kind, metadata, ...content } = object;
  void [apiVersion, kind];
  const fields: Fields = new Map();
  const { labels, annotations, ownerReferences } = metadata;
  const owned = {
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(ownerReferences && { ownerReferences }),
  };
  // An empty map would be a field of its own, and stand over the fields of others below it.
  const whole = { ...content, ...(Object.keys(owned).length > 0 ? { metadata: owned } : {}) };
  if (Object.keys(whole).length > 0) collect(whole, [], fields);
  return fields;
}

/** Builds the content of an object from its fields. */
export function contentOf(fields: Fields): { [key: string]: unknown } {
  const root: { [key: string]: unknown } = {};
  for (const [path, value] of fields) {
    const keys = path.split(SEPARATOR);
    let node: { [key: string]: unknown } = root;
    for (const key of keys.slice(0, -1)) node = (node[key] ??= {}) as { [key: string]: unknown };
    node[keys.at(-1) ?? ''] = value;
  }
  return unlist(root) as { [key: string]: unknown };
}

function unlist(value: unknown): unknown {
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([key]) => key.startsWith('[')))
    return entries.map(([, item]) => unlist(item));
  return Object.fromEntries(entries.map(([key, inner]) => [key, unlist(inner)]));
}

/** Paths as `managedFields` tell them; a list is one leaf. */
export function fieldSetOf(paths: ReadonlySet<string>): JsonObject {
  const root: JsonObject = {};
  for (const path of paths) {
    let node = root;
    for (const key of path.split(SEPARATOR)) {
      if (key.startsWith('[')) break;
      node = (node[`f:${key}`] ??= {}) as JsonObject;
    }
  }
  return root;
}

/** What the API server stores of one object: its fields and who owns which. */
export type Stored = { fields: Fields; owners: Map<string, Set<string>> };

/** What an apply comes to: the new state, or the managers that own fields with other values. */
export type AppliedFields = { conflicts: string[]; stored: Stored };

/** Applies fields for a manager: takes what nobody else claims, drops what the manager no longer claims. `force` takes everything. */
export function applyFields(
  before: Stored | null,
  wanted: Fields,
  manager: string,
  force: boolean,
): AppliedFields {
  const fields: Fields = new Map(before?.fields);
  const owners = new Map(
    [...(before?.owners ?? [])].map(([name, paths]) => [name, new Set(paths)]),
  );
  const conflicts = new Set<string>();
  for (const [path, value] of wanted) {
    for (const [other, paths] of owners) {
      if (
        other === manager ||
        !paths.has(path) ||
        JSON.stringify(fields.get(path)) === JSON.stringify(value)
      )
        continue;
      conflicts.add(other);
      if (force) paths.delete(path);
    }
    fields.set(path, value);
  }
  for (const path of owners.get(manager) ?? []) {
    const claimed = [...owners].some(([other, paths]) => other !== manager && paths.has(path));
    if (!wanted.has(path) && !claimed) fields.delete(path);
  }
  owners.set(manager, new Set(wanted.keys()));
  return { conflicts: [...conflicts].sort(), stored: { fields, owners } };
}

/** Writes an object as an update does: changed fields change hands, missing ones go. */
export function updateFields(before: Stored, after: Fields, manager: string): Stored {
  const owners = new Map([...before.owners].map(([name, paths]) => [name, new Set(paths)]));
  const own = owners.get(manager) ?? new Set<string>();
  const changed = [...after]
    .filter(([path, value]) => JSON.stringify(before.fields.get(path)) !== JSON.stringify(value))
    .map(([path]) => path);
  const gone = [...before.fields.keys()].filter((path) => !after.has(path));
  for (const paths of owners.values()) for (const path of [...changed, ...gone]) paths.delete(path);
  for (const path of changed) own.add(path);
  owners.set(manager, own);
  return { fields: after, owners };
}
