import type { MeshFailure } from '../../mesh/failure.ts';
import { BACKOFF_TRIES, backoffMs } from '../attempt/backoff.ts';

/** So long an attempt of a step waits in silence; what asks for more fails it, so that it shows as retried, with its reason and the wait. */
const PATIENCE_MS = 2_000;
/** A request whose tries have taken so long shows as retried too. */
const SPENT_LIMIT_MS = 10_000;
/** Codes of an API server, or of a load balancer before it, that is not well for a moment. */
const PASSING = [429, 500, 502, 503, 504];
/** What lasts: a webhook that nobody serves. (A full etcd asks for more than our patience.) */
const LASTING = /admission webhook/;

/**
 * How long to wait before a request is sent again that an API server answered with a failure, in milliseconds; null when the failure is to be told
 * instead. Never shorter than the API server asked for.
 */
export function pauseBeforeResend(
  code: number,
  failure: MeshFailure,
  tries: number,
  spentMs: number,
): number | null {
  const passing = failure.type === 'Throttled' || failure.type === 'ApiUnavailable';
  if (!passing || !PASSING.includes(code) || LASTING.test(failure.message)) return null;
  if (tries >= BACKOFF_TRIES || spentMs >= SPENT_LIMIT_MS) return null;
  const askedMs = failure.retryAfterMs ?? 0;
  if (askedMs > PATIENCE_MS) return null;
  return Math.max(askedMs, backoffMs(tries));
}

/** Milliseconds of a Retry-After header in seconds, which is how Kubernetes sends it; undefined for any other. */
export function retryAfterOf(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
