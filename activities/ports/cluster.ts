import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { ClusterRef } from '../../mesh/plan/cluster-ref.ts';

/** Options of a server-side apply. */
export type ApplyOptions = {
  /** Field manager; all of ours start with `meshwright`. @default `meshwright` */
  fieldManager?: string;
  /** The API server judges and answers as if, and stores nothing. @default false */
  dryRun?: boolean;
  /** Looks at the object that is there, if one is, before anything is sent; what it throws is what the apply fails with. @default all are fine */
  judge?: (live: KubernetesObject) => void;
  /**
   * Fits what is applied to the object that is there, null when none is. While another writer is faster, it is read and fitted again, up to five times.
   * @default it is applied as it is
   */
  fit?: (wanted: KubernetesObject, live: KubernetesObject | null) => KubernetesObject;
};

/** Result of a write: the object as the API server now has it, and whether it changed (resourceVersion moved or it is new). */
export type Applied = {
  /** Object before the write, as the apply read it; null when there was none. */
  before: KubernetesObject | null;
  /** Object after the write. */
  object: KubernetesObject;
  /** False when the write was a no-op. */
  changed: boolean;
};

/** What a command in a container printed. */
export type ExecResult = {
  /** Standard output. */
  stdout: string;
  /** Standard error. */
  stderr: string;
  /** Exit code. */
  exitCode: number;
};

/** One permission to ask about. */
export type Permission = {
  /** API group, `` for core. */
  group: string;
  /** Plural resource, e.g. `secrets`. */
  resource: string;
  /** Verb, e.g. `patch`. */
  verb: string;
  /** Namespace; absent for all. */
  namespace?: string;
};

/**
 * One Kubernetes cluster, exactly as far as the steps use it. Every call has a time limit (10 s reads, 40 s writes) and
 * obeys the signal of the running activity. A write goes out only while the attempt is the current one of its step. Every call throws a MeshFailure of the closed union, never a client's own error.
 */
export interface Cluster {
  /** Name in the mesh. */
  readonly name: string;
  /** Server of the worker's context, `https://host:port`. */
  readonly server: string;
  /** CA bundle of the API server in PEM, as the worker trusts it; public. */
  readonly caData: string;
  /** Version of the API server, e.g. `v1.36.3`. */
  version(): Promise<string>;
  /** How far the API server's clock is ahead of the worker's, in milliseconds, to a second or so; negative when it is behind, 0 when it does not say. */
  clockAheadMs(): Promise<number>;
  /** Whether the API server serves a kind by now; a definition is established a moment before it does. */
  serves(apiVersion: string, kind: string): Promise<boolean>;
  /** Reads an object; null when it does not exist (or its kind is not served). */
  read(ref: ObjectRef): Promise<KubernetesObject | null>;
  /** Lists objects of a kind; empty when the kind is not served. */
  list(query: {
    apiVersion: string;
    kind: string;
    namespace?: string;
    labelSelector?: string;
    fieldSelector?: string;
  }): Promise<KubernetesObject[]>;
  /**
   * Server-side apply, not forced; conflicts with meshwright's own managers alone are taken over. A `metadata.resourceVersion` in the object
   * is an optimistic lock: ConcurrentChange when the live one is newer.
   */
  apply(object: KubernetesObject, options?: ApplyOptions): Promise<Applied>;
  /** Creates; when the object exists already answers `created: false` with the existing one. */
  create(object: KubernetesObject): Promise<{ object: KubernetesObject; created: boolean }>;
  /** Creates as a server-side dry run and answers what would be stored; admission webhooks run. */
  dryRunCreate(object: KubernetesObject): Promise<KubernetesObject>;
  /** Deletes; false when it was not there. `evenIfCancelled` cleans up after a cancelled attempt, which obeys its signal no more. */
  remove(
    ref: ObjectRef,
    options?: {
      propagation?: 'Background' | 'Foreground';
      uid?: string;
      /** Refuses with ConcurrentChange when the object is not of this version any more. */
      resourceVersion?: string;
      evenIfCancelled?: boolean;
    },
  ): Promise<boolean>;
  /** The permissions among the asked that the worker lacks (SelfSubjectAccessReview). */
  lackingPermissions(permissions: Permission[]): Promise<Permission[]>;
  /** Runs a command in a container of a running pod. It must change nothing: unlike writes, it is not kept back from an attempt that was superseded. */
  exec(
    pod: { namespace: string; name: string; container: string },
    command: string[],
    options?: { timeoutMs?: number },
  ): Promise<ExecResult>;
  /** Lists with the given bearer token instead of the worker's credentials: proves that the token works. Throws Unauthorized or Forbidden if not. */
  proveToken(token: string): Promise<void>;
  /**
   * Waits until `done` answers something other than undefined. Reads, follows a watch, re-lists at least every 10 s and whenever the watch ends,
   * so a lost event costs seconds, never the wait. Ends by the signal of the activity.
   */
  watchUntil<T>(
    query: {
      apiVersion: string;
      kind: string;
      namespace?: string;
      labelSelector?: string;
      fieldSelector?: string;
    },
    done: (objects: KubernetesObject[]) => T | undefined,
  ): Promise<T>;
}

/** Opens clusters by name; connections and discovery are kept per cluster and shared by all activities of a worker. */
export interface Clusters {
  /** @throws MeshFailure UnknownCluster when the worker has no such context, CredentialRefused when its kubeconfig entry is not allowed. */
  open(ref: ClusterRef): Promise<Cluster>;
}
