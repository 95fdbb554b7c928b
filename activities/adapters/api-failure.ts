import type { FailureType } from '../../mesh/failure.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import { redactSecrets } from '../attempt/redact-secrets.ts';

/** What a request was for, in words for people. */
export type Intent = {
  /** Name of the cluster in the mesh. */
  cluster: string;
  /** Context in the worker's kubeconfig. */
  context: string;
  /** Origin of the API server. */
  server: string;
  /** Kubernetes verb: `get`, `list`, `watch`, `patch`, `create`, `delete`. */
  verb: string;
  /** What it acts on, e.g. `Service istio-system/istiod`. */
  target: string;
};

/** The parts of a Kubernetes `Status` that are read; anything else of an answer may hold secrets. */
export type ApiStatus = {
  /** Machine-readable reason, e.g. `AlreadyExists`. */
  reason?: string;
  /** Sentence of the API server. */
  message?: string;
  /** Causes and the wait it asks for. */
  details?: {
    causes?: { reason?: string; message?: string; field?: string }[];
    retryAfterSeconds?: number;
  };
};

type Row = {
  /** Whether the row is the one; the first that matches counts. */
  when: (code: number, status: ApiStatus, message: string, intent: Intent) => boolean;
  type: FailureType;
  say: (message: string, intent: Intent, status: ApiStatus) => string;
  cure: string | ((message: string, intent: Intent) => string);
  /** Pause before the next attempt, in milliseconds, where more of them would only be a burden. @default what the API server asks for, else Temporal's */
  retryAfterMs?: number;
};

/**
 * Pause between attempts to write into a full etcd, in milliseconds: a person has to compact it, which is a matter of minutes.
 */
const FULL_RETRY_MS = 15_000;

const has = (status: ApiStatus, reason: string): boolean =>
  status.details?.causes?.some((cause) => cause.reason === reason) ?? false;
const GONE = /^namespaces "([^"]+)" not found$/;
const quoted = (message: string): string => /"([^"]+)"/.exec(message)?.[1] ?? 'unknown';
const CURE_INVALID =
  'correct the object (overlays and resources in the mesh file), then install again';
const sayInvalid: Row['say'] = (message, intent, status) =>
  intent.target.startsWith('Secret ') ? fieldsOnly(status) : message;
const plain = (message: string): string => message;
const CURE_POLICY = 'change the policy named here, or what it objects to, then retry';
/** Denials of Istio's own webhooks, which judge whether an object is valid. */
const ISTIO_DENIES = /admission webhook "(?:[^"]*\.)?istio\.io" denied the request/;
/** Denials of Kubernetes' own policies; those of a ValidatingAdmissionPolicy have the code that the policy chooses. */
const POLICY_DENIES =
  /violates PodSecurity|ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request/;
/** Refusals of authorization; every other 403 that is a sentence of Kubernetes comes from admission. */
const NO_PERMISSION = /cannot \S+ (resource|path) |attempting to grant RBAC permissions/;

/** How an answer of the API server becomes a failure. */
const ANSWERS: Row[] = [
  {
    when: (code) => code === 401,
    type: 'Unauthorized',
    say: (_, intent) =>
      `the API server does not accept the credentials of context "${intent.context}"`,
    cure: "renew that context's credentials in the worker's kubeconfig, then retry",
  },
  {
    when: (_, __, message) => message.includes('failed calling webhook'),
    type: 'ApiUnavailable',
    say: (message) => `admission webhook "${quoted(message)}" does not answer: ${message}`,
    cure: 'it goes on when the webhook answers; a webhook nobody serves any more must be removed',
  },
  {
    when: (_, __, message) => ISTIO_DENIES.test(message),
    type: 'InvalidObject',
    say: plain,
    cure: CURE_INVALID,
  },
  {
    when: (_, __, message) => message.includes('denied the request'),
    type: 'PolicyDenied',
    say: plain,
    cure: 'change what the admission webhook named here objects to, or the webhook, then retry',
  },
  {
    when: (_, __, message) => POLICY_DENIES.test(message),
    type: 'PolicyDenied',
    say: plain,
    cure: CURE_POLICY,
  },
  {
    when: (code, _, message) => code === 403 && message.includes('status unknown for quota'),
    type: 'ApiUnavailable',
    say: plain,
    cure: 'it goes on when the controller manager has counted what the quota limits',
  },
  {
    when: (code, _, message) =>
      code === 403 && /(exceeded|failed|insufficient) quota/.test(message),
    type: 'QuotaExceeded',
    say: plain,
    cure: 'raise the quota named here, or remove something that it counts, then retry',
  },
  {
    when: (_, status) => has(status, 'NamespaceTerminating'),
    type: 'ConcurrentChange',
    say: (_, intent) => `the namespace of ${intent.target} is being deleted`,
    cure: (_, { context, target }) =>
      `once it is gone this step says how to go on; see what holds it: kubectl --context ${context} get namespace ${namespaceOf(target)} -o yaml`,
  },
  {
    when: (code, _, message) =>
      code === 403 && /is forbidden: /.test(message) && !NO_PERMISSION.test(message),
    type: 'PolicyDenied',
    say: plain,
    cure: CURE_POLICY,
  },
  {
    when: (code) => code === 403,
    type: 'Forbidden',
    say: plain,
    cure: 'grant this permission to the user named here, then retry',
  },
  {
    when: (_, __, message) =>
      message.includes('database space exceeded') || message.includes('NOSPACE'),
    type: 'ApiUnavailable',
    say: (message, { cluster }) => `etcd of ${cluster} is full and takes no writes: ${message}`,
    cure: 'compact and defragment etcd, then `etcdctl alarm disarm`; it goes on by itself',
    retryAfterMs: FULL_RETRY_MS,
  },
  { when: (code) => code === 429, type: 'Throttled', say: plain, cure: 'it goes on by itself' },
  {
    when: (code) => code === 409 || code === 410,
    type: 'ConcurrentChange',
    say: plain,
    cure: 'it goes on by itself',
  },
  {
    when: (code, _, __, intent) => code === 404 && intent.verb === 'exec',
    type: 'ConcurrentChange',
    say: plain,
    cure: 'it goes on with the pod that takes its place',
  },
  {
    when: (_, __, message, intent) =>
      intent.verb === 'exec' && /no such file or directory|executable file not found/.test(message),
    type: 'InvalidObject',
    say: plain,
    cure: 'use an image that has this program, then retry',
  },
  {
    // Objects that do not fit their schema come as 500 on an apply.
    when: (_, __, message) =>
      /failed to (convert new object|create typed patch object|create manager)/.test(message),
    type: 'InvalidObject',
    say: sayInvalid,
    cure: CURE_INVALID,
  },
  {
    when: (code, _, message) => code === 404 && GONE.test(message),
    type: 'NamespaceGone',
    say: (message) => `there is no namespace ${quoted(message)}`,
    cure: (message, { context }) =>
      `make it, then retry: kubectl --context ${context} create namespace ${quoted(message)}`,
  },
  {
    when: (code) => code === 400 || code === 404 || code === 413 || code === 422,
    type: 'InvalidObject',
    say: sayInvalid,
    cure: CURE_INVALID,
  },
  {
    when: (code) => code >= 500 || code === 408,
    type: 'ApiUnavailable',
    say: plain,
    cure: 'it goes on when the API server is well again',
  },
];

/** Classifies an answer that is not a success. */
export function failureOfAnswer(
  intent: Intent,
  code: number,
  status: ApiStatus,
  retryAfterMs?: number,
): MeshFailure {
  const message = redactSecrets(status.message ?? `HTTP ${code} without a reason`).slice(0, 600);
  const row = ANSWERS.find((candidate) => candidate.when(code, status, message, intent));
  const said =
    row === undefined ? `unexpected answer ${code}: ${message}` : row.say(message, intent, status);
  const cure = typeof row?.cure === 'function' ? row.cure(message, intent) : row?.cure;
  const namespace = row?.type === 'NamespaceGone' ? quoted(message) : undefined;
  const seconds = status.details?.retryAfterSeconds;
  const askedMs = seconds === undefined ? retryAfterMs : seconds * 1_000;
  const waitMs = row?.retryAfterMs ?? (code === 429 || code === 503 ? askedMs : undefined);
  return new MeshFailure(
    row?.type ?? 'Unexpected',
    `${intent.cluster}: cannot ${intent.verb} ${intent.target}: ${said}`,
    {
      ...facts(intent),
      ...(namespace === undefined ? {} : { namespace }),
      ...(cure === undefined ? {} : { cure }),
    },
    waitMs === undefined ? {} : { retryAfterMs: waitMs },
  );
}

/** Namespace of a target such as `Service istio-system/istiod`. */
function namespaceOf(target: string): string {
  return /^\S+ ([^/]+)\//.exec(target)?.[1] ?? 'NAMESPACE';
}

/** A refused Secret may be quoted in the refusal: only the names of its fields are told. */
function fieldsOnly(status: ApiStatus): string {
  const fields = (status.details?.causes ?? []).map(
    (cause) => `${cause.field ?? 'object'} (${cause.reason ?? 'invalid'})`,
  );
  return `the Secret is not valid${fields.length === 0 ? '' : `: ${fields.slice(0, 10).join(', ')}`}`;
}

/** What is known of every failed request. */
export function facts(intent: Intent): { cluster: string; verb: string; object: string } {
  return { cluster: intent.cluster, verb: intent.verb, object: intent.target };
}
