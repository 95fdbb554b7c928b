import type { JsonValue } from '../../mesh/json.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import type { Applied, ApplyOptions } from '../ports/cluster.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { againWhileModified } from './again-while-modified.ts';
import type { ApiAnswer, ApiConnection } from './api-connection.ts';
import { statusOf } from './api-connection.ts';
import { alreadyApplied } from './already-applied.ts';
import { failureOfAnswer } from './api-failure.ts';
import { sameJson } from './same-json.ts';

/** Prefix of all our field managers; a conflict among them is ours to settle. */
const OWN_MANAGERS = 'meshwright';
/**
 * Applies an object server-side, not forced, unless the live object proves that it is applied already. Whether it changed is
 * told by its resourceVersion before and after; a write of somebody else in between makes an untouched object look changed,
 * never the other way round.
 */
export async function applyObject(
  connection: ApiConnection,
  path: string,
  object: KubernetesObject,
  options: {
    fieldManager: string;
    dryRun: boolean;
    judge: ApplyOptions['judge'];
    permit: WritePermit;
  },
  signal?: AbortSignal,
): Promise<Applied> {
  const target = describeRef(refOf(object));
  const desired = withoutServerFields(object);
  const found = await connection.send(
    { method: 'GET', path, intent: { verb: 'get', target }, repeatable: true, expect: [404] },
    signal,
  );
  const before = found.code === 404 ? null : (found.body as unknown as KubernetesObject);
  if (before !== null) options.judge?.(before);
  if (before !== null && alreadyApplied(desired, before, options.fieldManager))
    return { before, object: before, changed: false };
  const send = (force: boolean): Promise<ApiAnswer> =>
    connection.send(
      {
        method: 'PATCH',
        permit: options.dryRun ? null : options.permit,
        path: `${path}?${new URLSearchParams({
          fieldManager: options.fieldManager,
          force: String(force),
          ...(options.dryRun ? { dryRun: 'All' } : {}),
        }).toString()}`,
        body: underLock(desired, object.metadata.resourceVersion),
        contentType: 'application/apply-patch+yaml',
        intent: { verb: 'patch', target },
        repeatable: true,
        expect: [409],
      },
      signal,
    );
  const locked = object.metadata.resourceVersion !== undefined;
  const patch = (force: boolean): Promise<ApiAnswer> =>
    locked ? send(force) : againWhileModified(() => send(force), signal);
  let after = await patch(false);
  if (
    after.code === 409 &&
    conflictsOf(after.body).length > 0 &&
    conflictsOf(after.body).every(({ manager }) => manager.startsWith(OWN_MANAGERS))
  ) {
    after = await patch(true);
  }
  if (after.code === 409) throw conflictFailure(connection, target, after);
  const stored = after.body as unknown as KubernetesObject;
  const changed = before === null || differs(before, stored, options.dryRun);
  return { before, object: stored, changed };
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
