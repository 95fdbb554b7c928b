import type { JsonValue } from './json.ts';

/** Metadata of a Kubernetes object, as far as meshwright writes or reads it. */
export type ObjectMeta = {
  /** Name, unique per kind and namespace. */
  name: string;
  /** Namespace; absent on cluster-scoped objects. */
  namespace?: string;
  /** Labels; values are strings of at most 63 characters. */
  labels?: { [key: string]: string };
  /** Annotations. */
  annotations?: { [key: string]: string };
  /** Version set by the API server; when written back it is an optimistic lock. */
  resourceVersion?: string;
  /** Identity set by the API server. */
  uid?: string;
  /** ISO-8601 time of creation, set by the API server. */
  creationTimestamp?: string;
  /** Set while the object waits for its finalizers. */
  deletionTimestamp?: string;
  /** What must happen before it goes, each taken off by whoever does it. */
  finalizers?: string[];
  /** Who owns which fields, set by the API server. */
  managedFields?: { manager?: string; operation?: string; [key: string]: JsonValue | undefined }[];
  /** Objects that own this one. */
  ownerReferences?: { kind: string; name: string; [key: string]: JsonValue | undefined }[];
};

/** A Kubernetes object in plain JSON; never a typed client class, whose serialiser drops unknown fields. */
export type KubernetesObject = {
  /** Group and version, e.g. `apps/v1`. */
  apiVersion: string;
  /** Kind, e.g. `Deployment`. */
  kind: string;
  /** Name, namespace, labels and annotations. */
  metadata: ObjectMeta;
  /** Everything else: `spec`, `data`, `status`, `webhooks`, … */
  [field: string]: unknown;
};

/** Names one Kubernetes object without its content. */
export type ObjectRef = {
  /** Group and version, e.g. `v1` or `networking.istio.io/v1`. */
  apiVersion: string;
  /** Kind, e.g. `Service`. */
  kind: string;
  /** Namespace; absent on cluster-scoped objects. */
  namespace?: string;
  /** Name. */
  name: string;
};

/** Writes a reference for people, e.g. `Service istio-system/istiod`. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

/** Takes the reference of an object. */
export function refOf(object: KubernetesObject): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  return {
    apiVersion,
    kind,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
  };
}
