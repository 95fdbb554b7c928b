import { FAILURES, isMeshFailure } from '../../mesh/failure.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { rest } from '../attempt/pause.ts';
import type { ApiConnection } from './api-connection.ts';
import type { ApiStatus } from './api-failure.ts';
import type { Resource } from './api-discovery.ts';
import { pathOf } from './api-discovery.ts';
import { linesOf } from './lines-of.ts';
import { describeQuery, listObjects, type ObjectQuery, parametersOf } from './list-objects.ts';

/** A watch ends and everything is listed again after so long, whatever the watch said. */
const RELIST_MS = 10_000;
/**
 * API servers restart and networks blink: so long a wait bears it without a word. What lasts longer fails the attempt, so that
 * it shows as retried with its reason.
 */
const BLINK_MS = 15_000;
const BACKOFF = { firstMs: 100, factor: 2, maximumMs: 2_000 };

/** How a watch ended: with an answer, or because it must be listed again, after the wait that the API server asked for. */
type Followed<T> = { answer: T } | { askedMs: number };

/**
 * Waits until `done` answers something, seeing the objects after every list and every event.
 * @throws MeshFailure of a list that fails for good or before anything was seen, what `done` throws, or the reason of `signal`.
 */
export async function watchObjects<T>(
  connection: ApiConnection,
  findResource: () => Promise<Resource | null>,
  query: ObjectQuery,
  done: (objects: KubernetesObject[]) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  let lastSeen: number | null = null;
  let pauseMs = BACKOFF.firstMs;
  for (;;) {
    signal.throwIfAborted();
    const startedAt = Date.now();
    let askedMs = 0;
    try {
      const resource = await findResource();
      const list =
        resource === null
          ? { objects: [], resourceVersion: '' }
          : await listObjects(connection, resource, query, signal);
      lastSeen = Date.now();
      const answer = done(list.objects);
      if (answer !== undefined) return answer;
      if (resource !== null) {
        const followed = await follow(connection, resource, query, list, done, signal);
        if ('answer' in followed) return followed.answer;
        askedMs = followed.askedMs;
      }
    } catch (error) {
      if (!isMeshFailure(error) || !FAILURES[error.type].retried || lastSeen === null) throw error;
      askedMs = error.retryAfterMs ?? 0;
      if (Date.now() + askedMs - lastSeen > BLINK_MS) throw error;
    }
    // A watch that ends at once, and a kind that is not served, must not become a busy loop.
    const lasted = Date.now() - startedAt >= BACKOFF.maximumMs;
    const ownMs = lasted ? 0 : pauseMs;
    pauseMs = lasted ? BACKOFF.firstMs : Math.min(pauseMs * BACKOFF.factor, BACKOFF.maximumMs);
    await rest(Math.max(ownMs, askedMs), signal);
  }
}

type WatchEvent = { type: string; object: KubernetesObject };

async function follow<T>(
  connection: ApiConnection,
  resource: Resource,
  query: ObjectQuery,
  from: { objects: KubernetesObject[]; resourceVersion: string },
  done: (objects: KubernetesObject[]) => T | undefined,
  signal: AbortSignal,
): Promise<Followed<T>> {
  const objects = new Map(from.objects.map((object) => [keyOf(object), object]));
  const controller = new AbortController();
  const end = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  const relist = setTimeout(end, RELIST_MS);
  try {
    const { resourceVersion } = from;
    const events = openWatch(connection, resource, query, resourceVersion, controller.signal);
    for await (const event of events) {
      if (event.type === 'ERROR') return { askedMs: askedBy(event) };
      if (event.type === 'BOOKMARK') continue;
      const object = { ...event.object, apiVersion: query.apiVersion, kind: query.kind };
      if (event.type === 'DELETED') objects.delete(keyOf(object));
      else objects.set(keyOf(object), object);
      const answer = judged(() => done([...objects.values()]));
      if (answer !== undefined) return { answer };
    }
    return { askedMs: 0 };
  } catch (error) {
    if (error instanceof JudgedError) throw error.cause;
    if (signal.aborted) throw signal.reason;
    // A broken or refused watch proves nothing; the list that follows tells what is wrong.
    const askedMs = isMeshFailure(error) ? (error.retryAfterMs ?? 0) : 0;
    if (askedMs > BLINK_MS) throw error;
    return { askedMs };
  } finally {
    clearTimeout(relist);
    signal.removeEventListener('abort', end);
    controller.abort();
  }
}

/** How long the `Status` asks to wait with which an API server ends a watch, in milliseconds. */
function askedBy({ object }: WatchEvent): number {
  const { retryAfterSeconds = 0 } = (object as unknown as ApiStatus).details ?? {};
  return Math.min(retryAfterSeconds * 1_000, BLINK_MS);
}

/** Marks what `done` throws, so that it is not taken for trouble with the watch. */
class JudgedError extends Error {}

function judged<T>(judge: () => T): T {
  try {
    return judge();
  } catch (cause) {
    throw new JudgedError('', { cause });
  }
}

async function* openWatch(
  connection: ApiConnection,
  resource: Resource,
  query: ObjectQuery,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const parameters = { watch: 'true', resourceVersion, timeoutSeconds: String(RELIST_MS / 1_000) };
  const body = await connection.stream(
    {
      method: 'GET',
      path: `${pathOf(query.apiVersion, resource, query.namespace)}?${parametersOf(query, parameters)}`,
      intent: { verb: 'watch', target: describeQuery(query) },
      repeatable: true,
    },
    signal,
  );
  for await (const line of linesOf(body)) yield JSON.parse(line) as WatchEvent;
}

function keyOf(object: KubernetesObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
