/** Namespace in which Istio's charts leave the namespace out of the names of cluster-wide webhooks. */
const DEFAULT_SYSTEM_NAMESPACE = 'istio-system';

/** Name of the east-west gateway's Deployment and Service, the same in every cluster and revision. */
export const EAST_WEST_GATEWAY = 'istio-eastwestgateway';
/** Port on which east-west gateways pass mutual TLS through to services. */
export const EAST_WEST_TLS_PORT = 15443;
/** Label that names the network of a namespace, Service or pod. */
export const NETWORK_LABEL = 'topology.istio.io/network';
/** Annotation of a remote's system namespace: the clusters whose istiod may patch its webhook and write its root certificate. */
export const CONTROL_PLANE_CLUSTERS_ANNOTATION = 'topology.istio.io/controlPlaneClusters';
/** Label by which istiod finds remote secrets. */
export const MULTI_CLUSTER_LABEL = 'istio/multiCluster';
/** Annotation of a remote secret with the name of its cluster. */
export const CLUSTER_ANNOTATION = 'networking.istio.io/cluster';
/** Label that binds a namespace, pod or webhook to a revision. */
export const REVISION_LABEL = 'istio.io/rev';
/** Label that turns injection on for a namespace under the default revision. */
export const INJECTION_LABEL = 'istio-injection';
/** Secret with the signing CA of a cluster's istiod. */
export const CACERTS_SECRET = 'cacerts';
/** ConfigMap with the mesh's root certificate, written by istiod into every namespace under its key `root-cert.pem`. */
export const ROOT_CERT_CONFIG_MAP = 'istio-ca-root-cert';
/** Account in a remote whose token lets the primary's istiod read it. */
export const READER_ACCOUNT = 'istio-reader-service-account';
/** Secret with that account's token; the name `istioctl create-remote-secret` gives it (istioctl/pkg/multicluster, tokenSecretName). */
export const READER_TOKEN_SECRET = `${READER_ACCOUNT}-istio-remote-secret-token`;
/** Label that marks every object meshwright itself invents, e.g. inventories. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
/** Value of that label. */
export const MANAGED_BY = 'meshwright';
/** Label with the mesh an object of ours belongs to. */
export const MESH_LABEL = 'meshwright.dev/mesh';
/** Label of Services that stand in for those of other clusters, and of the namespaces that were made for them. */
export const STUB_LABEL = 'meshwright.dev/stub';
/** Annotation of such a Service: the cluster that has the real one. */
export const STUB_OF_ANNOTATION = 'meshwright.dev/stub-of';
/** Component that holds a cluster's stub Services. */
export const STUB_COMPONENT = 'stub-services';

/** Ends a name with its revision, as Istio's charts do: `istiod`, `istiod-canary`. */
function withRevision(name: string, revision: string | null): string {
  return revision === null ? name : `${name}-${revision}`;
}

/** Name of istiod's Deployment, Service, ServiceAccount and Role. */
export function istiodName(revision: string | null): string {
  return withRevision('istiod', revision);
}

/**
 * Name of the Service and EndpointSlice by which a remote reaches its primary's istiod. A remote with an injector of its own has an istiod of
 * that name already, and Istio's chart calls the other one `istiod-remote`.
 */
export function discoveryName(revision: string | null, injector: 'primary' | 'local'): string {
  return injector === 'local' ? `${istiodName(revision)}-remote` : istiodName(revision);
}

/** Name of the ConfigMap with mesh configuration and mesh networks. */
export function meshConfigMapName(revision: string | null): string {
  return withRevision('istio', revision);
}

/** Name of the ConfigMap with what sidecars are made of. */
export function injectorConfigMapName(revision: string | null): string {
  return withRevision('istio-sidecar-injector', revision);
}

/** Name of the MutatingWebhookConfiguration that injects; other system namespaces than `istio-system` are part of it. */
export function injectorWebhookName(revision: string | null, namespace: string): string {
  const name = withRevision('istio-sidecar-injector', revision);
  return namespace === DEFAULT_SYSTEM_NAMESPACE ? name : `${name}-${namespace}`;
}

/** Name of the ClusterRole and ClusterRoleBinding that let a primary read the cluster. */
export function readerRoleName(revision: string | null, namespace: string): string {
  return `${withRevision('istio-reader-clusterrole', revision)}-${namespace}`;
}

/** Name of a cluster's remote secret in its primary. */
export function remoteSecretName(cluster: string): string {
  return `istio-remote-secret-${cluster}`;
}

/** Value of the label `istio.io/rev` for a revision. */
export function revisionLabelValue(revision: string | null): string {
  return revision ?? 'default';
}

/**
 * Path of the injector for a cluster; key and value pairs in any order (slashes inside values are written `--slash--`). For a local injector it has
 * another order: an API server keeps its connection to a webhook for as long as the configuration is the same, and would go on asking the
 * primary's injector (seen: pods of the remote with the primary's discovery address, minutes after the change).
 */
export function injectionPath(
  cluster: string,
  network: string,
  injector: 'primary' | 'local' = 'primary',
): string {
  const [ofCluster, ofNetwork] = [`cluster/${cluster}`, `net/${network}`];
  return injector === 'local'
    ? `/inject/${ofNetwork}/${ofCluster}`
    : `/inject/${ofCluster}/${ofNetwork}`;
}
