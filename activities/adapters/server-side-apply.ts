import type { JsonValue } from '../../mesh/json.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import { isOurManager } from '../../mesh/field-managers.ts';
import type { Applied, ApplyOptions } from '../ports/cluster.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { againOnConflict, againWhileModified } from './again-on-conflict.ts';
import type { ApiAnswer, ApiConnection } from './api-connection.ts';
import { statusOf } from './api-connection.ts';
import { alreadyApplied } from './already-applied.ts';
import { failureOfAnswer } from './api-failure.ts';
import { sameJson } from './same-json.ts';

/** How an object is applied. */
type Applying = {
  fieldManager: string;
  dryRun: boolean;
  judge: ApplyOptions['judge'];
  fit: ApplyOptions['fit'];
  permit: WritePermit;
};

/** What one try came to: the object as it was read, and the answer to the write; null when there was nothing to write. */
type Tried =
  { before: KubernetesObject; after: null } | { before: KubernetesObject | null; after: ApiAnswer };

/**
 * Applies an object server-side, not forced, unless the live object proves that it is applied already. Whether it changed is
 * told by its resourceVersion before and after; a write of somebody else in between makes an untouched object look changed,
 * never the other way round.
 */
export async function applyObject(
  connection: ApiConnection,
  path: string,
  object: KubernetesObject,
  options: Applying,
  signal?: AbortSignal,
): Promise<Applied> {
  const tryOnce = (): Promise<Tried> => readAndApply(connection, path, object, options, signal);
  const { before, after } =
    options.fit === undefined
      ? await tryOnce()
      : await againOnConflict((tried) => tried.after?.code === 409, tryOnce, signal);
  if (after === null) return { before, object: before, changed: false };
  if (after.code === 409) throw conflictFailure(connection, describeRef(refOf(object)), after);
  const stored = after.body as unknown as KubernetesObject;
  const changed = before === null || differs(before, stored, options.dryRun);
  return { before, object: stored, changed };
}

async function readAndApply(
  connection: ApiConnection,
  path: string,
  object: KubernetesObject,
  { fieldManager, dryRun, judge, fit, permit }: Applying,
  signal: AbortSignal | undefined,
): Promise<Tried> {
  const target = describeRef(refOf(object));
  const found = await connection.send(
    { method: 'GET', path, intent: { verb: 'get', target }, repeatable: true, expect: [404] },
    signal,
  );
  const before = found.code === 404 ? null : (found.body as unknown as KubernetesObject);
  if (before !== null) judge?.(before);
  const desired = withoutServerFields(fit?.(object, before) ?? object);
  if (before !== null && alreadyApplied(desired, before, fieldManager))
    return { before, after: null };
  const send = (force: boolean): Promise<ApiAnswer> =>
    connection.send(
      {
        method: 'PATCH',
        permit: dryRun ? null : permit,
        path: `${path}?${new URLSearchParams({
          fieldManager,
          force: String(force),
          ...(dryRun ? { dryRun: 'All' } : {}),
        }).toString()}`,
        body: underLock(desired, object.metadata.resourceVersion),
        contentType: 'application/apply-patch+yaml',
        intent: { verb: 'patch', target },
        repeatable: true,
        expect: [409],
      },
      signal,
    );
  // What was made from a reading is for whoever read to make again.
  const fromReading = object.metadata.resourceVersion !== undefined || fit !== undefined;
  const patch = (force: boolean): Promise<ApiAnswer> =>
    fromReading ? send(force) : againWhileModified(() => send(force), signal);
  const after = await patch(false);
  const conflicts = after.code === 409 ? conflictsOf(after.body) : [];
  // A conflict among our own managers is ours to settle.
  const oursAlone = conflicts.length > 0 && conflicts.every(({ manager }) => isOurManager(manager));
  return { before, after: oursAlone ? await patch(true) : after };
}

type Conflict = { manager: string; field: string };

/** Conflicts of a refused apply; their sentence reads `conflict with "kubectl" using v1`. */
function conflictsOf(body: JsonValue): Conflict[] {
  return (statusOf(body).details?.causes ?? [])
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map((cause) => ({
      manager: /"([^"]*)"/.exec(cause.message ?? '')?.[1] ?? 'unknown',
      field: cause.field ?? 'unknown',
    }));
}

function conflictFailure(
  connection: ApiConnection,
  target: string,
  answer: ApiAnswer,
): MeshFailure {
  const conflicts = conflictsOf(answer.body);
  const intent = connection.intentOf({ verb: 'patch', target });
  if (conflicts.length === 0) return failureOfAnswer(intent, answer.code, statusOf(answer.body));
  const managers = [...new Set(conflicts.map(({ manager }) => `"${manager}"`))].join(', ');
  const fields = conflicts.map(({ field }) => field);
  const it = fields.length === 1 ? 'the field' : 'the fields';
  const more = fields.length > 3 ? ` and ${fields.length - 3} more` : '';
  return new MeshFailure(
    'FieldConflict',
    `${intent.cluster}: ${target}: ${fields.slice(0, 3).join(', ')}${more} belong${fields.length === 1 ? 's' : ''} to ${managers}`,
    {
      cluster: intent.cluster,
      object: target,
      verb: 'patch',
      cure: `give ${it} the value of the mesh file, or take ${it} out of what ${managers} applies, or out of the mesh file; then retry`,
      lines: conflicts.slice(0, 10).map(({ manager, field }) => `${field}: ${manager}`),
    },
  );
}

/** A resourceVersion that the caller gives is its optimistic lock: the write fails as ConcurrentChange when somebody wrote in between. */
function underLock(
  object: KubernetesObject,
  resourceVersion: string | undefined,
): KubernetesObject {
  return resourceVersion === undefined
    ? object
    : { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** What the API server keeps by itself makes an apply invalid; a resourceVersion is a lock the caller wants. */
function withoutServerFields(object: KubernetesObject): KubernetesObject {
  const { managedFields, uid, creationTimestamp, deletionTimestamp, ...metadata } = object.metadata;
  void [managedFields, uid, creationTimestamp, deletionTimestamp];
  return { ...object, metadata };
}

/** A dry run answers the version as it was, so there the content decides. */
function differs(before: KubernetesObject, after: KubernetesObject, dryRun: boolean): boolean {
  if (!dryRun) return before.metadata.resourceVersion !== after.metadata.resourceVersion;
  const contentOf = ({
    metadata: { managedFields, resourceVersion, ...metadata },
    ...rest
  }: KubernetesObject): unknown => {
    void [managedFields, resourceVersion];
    return { ...rest, metadata };
  };
  return !sameJson(contentOf(before), contentOf(after));
}
