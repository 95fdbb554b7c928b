import { MeshFailure } from '../../mesh/failure.ts';
import type { JsonValue } from '../../mesh/json.ts';
import type { ApiAnswer, ApiCall, ApiConnection } from './api-connection.ts';
import { facts } from './api-failure.ts';

/** Objects and collections whose newest version of our own is remembered; an install writes about sixty. */
const REMEMBERED = 2_000;

/**
 * A connection that takes no answer for newer than what it wrote itself: where that can come from and what it would cost is in docs/adr/0014. An older answer
 * is asked for once more with the version that it must have at least; versions compare as numbers (Kubernetes 1.35 promises it, etcd always kept it).
 * An API server that is restored from a backup counts from an older version: what it cannot show is forgotten, so one attempt fails and the next believes it.
 * Not seen: an object that is shown again after we deleted it, and what other workers wrote.
 */
export function freshReads(connection: ApiConnection): ApiConnection {
  const newest = new Map<string, number>();

  const note = (path: string, version: number): void => {
    if (Number.isNaN(version) || version < (newest.get(path) ?? 0)) return;
    newest.delete(path);
    newest.set(path, version);
    const [oldest] = newest.keys();
    if (newest.size > REMEMBERED && oldest !== undefined) newest.delete(oldest);
  };

  const read = async (call: ApiCall, signal: AbortSignal | undefined): Promise<ApiAnswer> => {
    const answer = await connection.send(call, signal);
    const path = pathOf(call);
    const least = newest.get(path);
    // A later page is of the version of the first.
    if (least === undefined || call.path.includes('continue=') || !isOlder(answer, least))
      return answer;
    // From here on the API server is believed, whatever it says.
    newest.delete(path);
    const again = await connection.send({ ...call, path: demanding(call.path, least) }, signal);
    if (again.code === 404) return again;
    if (isOlder(again, least)) throw staleFailure(connection, call, least);
    note(path, least);
    return again;
  };

  return {
    ...connection,
    send: async (call, signal) => {
      if (call.method === 'GET') return read(call, signal);
      const answer = await connection.send(call, signal);
      if (call.path.includes('dryRun=') || answer.code >= 300) return answer;
      const path = objectPathOf(call, answer.body);
      if (call.method === 'DELETE') newest.delete(path);
      else for (const each of withCollections(path)) note(each, versionOf(answer.body));
      return answer;
    },
  };
}

/** An object that we wrote and that is not there may be deleted since, or not be there yet for who answers. */
function isOlder({ code, body }: ApiAnswer, least: number): boolean {
  return code === 404 || (code === 200 && versionOf(body) < least);
}

function pathOf({ path }: ApiCall): string {
  return path.replace(/\?.*$/, '');
}

function objectPathOf(call: ApiCall, body: JsonValue): string {
  const { name } = metadataOf(body);
  return call.method === 'POST' ? `${pathOf(call)}/${name ?? ''}` : pathOf(call);
}

/** Path of an object, of its collection, and of that of all namespaces. */
function withCollections(path: string): string[] {
  const collection = path.slice(0, path.lastIndexOf('/'));
  return [path, collection, collection.replace(/\/namespaces\/[^/]+\/([^/]+)$/, '/$1')];
}

/** The same read of a version at least; lists say how they mean it, reads of an object need not. */
function demanding(path: string, least: number): string {
  const [, query = ''] = path.split('?');
  const isList = query.includes('limit=');
  const match = isList ? '&resourceVersionMatch=NotOlderThan' : '';
  return `${path}${path.includes('?') ? '&' : '?'}resourceVersion=${least}${match}`;
}

function metadataOf(body: JsonValue): { name?: string; resourceVersion?: string } {
  return (
    (body as { metadata?: { name?: string; resourceVersion?: string } } | null)?.metadata ?? {}
  );
}

/** Not a number where there is none, which is neither older nor newer than any. */
function versionOf(body: JsonValue): number {
  return Number(metadataOf(body).resourceVersion ?? Number.NaN);
}

function staleFailure(connection: ApiConnection, call: ApiCall, least: number): MeshFailure {
  const intent = connection.intentOf(call.intent);
  return new MeshFailure(
    'ApiUnavailable',
    `${intent.cluster}: cannot ${intent.verb} ${intent.target}: the answer is older than version ${least}, which was written before`,
    {
      ...facts(intent),
      cure: 'it goes on when the API server shows what is stored; look for a cache between it and the worker',
    },
  );
}
