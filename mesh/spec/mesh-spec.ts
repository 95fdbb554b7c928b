import type { JsonObject } from '../json.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';

/** A mesh as its file describes it, after validation, with every default filled in. Plain JSON: it crosses Temporal. */
export type MeshSpec = {
  /** `metadata.name`: DNS-1123 label; names the workflow `mesh-<name>`. */
  name: string;
  /** Istio's `global.meshID`. */
  meshId: string;
  /** SPIFFE trust domain. @default `cluster.local` */
  trustDomain: string;
  /**
   * How control planes relate. `multicluster`: every istiod watches all clusters, services of one name are one service. `replicated`: every
   * cluster has a control plane that knows its own cluster only; what `exports` names is called through gateways. @default `multicluster`
   */
  topology: 'multicluster' | 'replicated';
  /**
   * How pods find a service that exists in other clusters only. `cluster`: not at all, as Kubernetes has it. `stubServices`: Services without
   * endpoints, made and kept in step by meshwright. `dnsCapture`: the sidecar answers (`ISTIO_META_DNS_CAPTURE`). @default `cluster`
   */
  nameResolution: 'cluster' | 'stubServices' | 'dnsCapture';
  /** Services that clusters of a replicated mesh let others call, in the order of the file. @default [] */
  exports: ExportSpec[];
  /** Istio release and overlays. */
  istio: IstioSpec;
  /** Where the mesh's root CA comes from. */
  trust: TrustSpec;
  /** Networks in the order of the file. */
  networks: NetworkSpec[];
  /** Clusters in the order of the file; at least one. */
  clusters: ClusterSpec[];
  /** Limits of waits. */
  timeouts: TimeoutsSpec;
  /** How traffic is verified. */
  verify: VerifySpec;
};

/** The Istio release and what is laid over its defaults in every cluster. */
export type IstioSpec = {
  /** Exact release, e.g. `1.30.4`; the worker needs the istioctl of exactly this version. */
  version: string;
  /** System namespace, the same in all clusters. @default `istio-system` */
  namespace: string;
  /** Control plane revision; null installs the default one. @default null */
  revision: string | null;
  /** Image registry; null keeps the release's. @default null */
  hub: string | null;
  /** Image tag; null keeps the release's. @default null */
  tag: string | null;
  /** Laid over `spec.values` of every IstioOperator. @default {} */
  values: JsonObject;
  /** Laid over `spec.meshConfig` of every IstioOperator. @default {} */
  meshConfig: JsonObject;
  /** Istio objects (groups `*.istio.io`) for the system namespace of every primary, applied with its control plane. @default [] */
  resources: KubernetesObject[];
};

/**
 * Source of the root CA. `generated`: made by meshwright; its key stays on the worker, or in a Secret of the cluster `home`.
 * `existing`: every cluster already holds valid `cacerts` under one root; nothing is made.
 */
export type TrustSpec = { source: 'generated'; home: string | null } | { source: 'existing' };

/** One network: pods inside reach each other directly, others come through an east-west gateway. */
export type NetworkSpec = {
  /** Name, the value of the label `topology.istio.io/network`. */
  name: string;
  /** How other networks find its gateways: by label, or listed in ConfigMap `istio`, key `meshNetworks`. @default `discovered` */
  gateways: 'discovered' | 'meshNetworks';
};

/** One cluster of the mesh. */
export type ClusterSpec = {
  /** DNS-1123 label; the one name behind clusterName, injectionPath, remote secret, controlPlaneClusters and fromRegistry. */
  name: string;
  /** Context in the worker's kubeconfig. @default the cluster's name */
  context: string;
  /** API server as the other clusters reach it, `https://host:port`; null takes the context's server. @default null */
  apiServer: string | null;
  /** Name of its network. */
  network: string;
  /** Runs a control plane of its own, or is attached to that of another cluster. */
  controlPlane: { kind: 'primary' } | RemoteSpec;
  /** Gateways for traffic that enters or leaves the mesh, beside the east-west gateway that follows from the topology. @default [] */
  gateways: EdgeGateway[];
  /** Laid over `spec.values` for this cluster, after the mesh's. @default {} */
  values: JsonObject;
  /** Laid over `spec.meshConfig` for this cluster, after the mesh's. @default {} */
  meshConfig: JsonObject;
};

/** A cluster without a control plane of its own. */
export type RemoteSpec = {
  kind: 'remote';
  /** Cluster whose control plane serves this one. */
  primary: string;
  /**
   * Way to the primary's istiod: its east-west gateway, a LoadBalancer of its own (`istiod-elb`), or the addresses of its pods, which needs one
   * network. @default `gateway`
   */
  discovery: 'gateway' | 'loadBalancer' | 'podIP';
  /**
   * Who injects sidecars. `primary`: the primary's istiod, called by this cluster's API server. `local`: an istiod of this cluster that does
   * nothing else, for API servers that cannot call out. @default `primary`
   */
  injector: 'primary' | 'local';
};

/** A gateway at the edge of a mesh: `ingress` is `istio-ingressgateway` (LoadBalancer), `egress` is `istio-egressgateway` (ClusterIP). */
export type EdgeGateway = 'ingress' | 'egress';

/** A service of one cluster that others may call as `<service>.<namespace>.global`. */
export type ExportSpec = {
  /** Cluster that owns the service. */
  cluster: string;
  /** Namespace of the service. */
  namespace: string;
  /** Name of the Kubernetes Service. */
  service: string;
  /** Clusters that may call it; all others of the mesh by default. */
  to: string[];
  /** `direct`: callers go to the owner's gateway; `egressGateway`: through their own cluster's egress gateway first. @default `direct` */
  through: 'direct' | 'egressGateway';
  /** Address that the name stands for, an IPv4 of 240.0.0.0/4; null takes one that follows from the name. @default null */
  address: string | null;
  /** Versions that callers can choose: labels of the owner's pods by subset name. @default [] */
  subsets: ExportSubset[];
};

/** Pods of an exported service that callers can choose by a subset. */
export type ExportSubset = {
  /** Name of the subset. */
  name: string;
  /** Labels of its pods. */
  labels: { [label: string]: string };
};

/** Limits of waits, in milliseconds; a wait that passes its limit blocks its step and nothing else. */
export type TimeoutsSpec = {
  /** Address of a LoadBalancer. @default 600000 */
  gatewayAddressMs: number;
  /** istiod ready and injecting. @default 300000 */
  controlPlaneMs: number;
  /** Remote cluster synced and injecting. @default 300000 */
  clusterSyncMs: number;
  /** East-west gateway pods ready. @default 300000 */
  gatewayReadyMs: number;
  /** All pairs of clusters answering each other. @default 180000 */
  verifyMs: number;
};

/** How traffic is verified after an install and by `verify`. */
export type VerifySpec = {
  /** Image with `sh`, `httpd` and `wget` of busybox, used as client and server. @default `busybox:1.37` */
  image: string;
  /** Requests from each cluster's client at least, once both answer. @default 20 */
  requests: number;
};
