import type { KubernetesObject } from '../kubernetes-object.ts';
import type {
  ExportSpec,
  ExportSubset,
  IstioSpec,
  MeshSpec,
  RemoteSpec,
  TrustSpec,
} from '../spec/mesh-spec.ts';
import type { FollowSpec } from '../sync/followed-target.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import type { ClusterRef } from './cluster-ref.ts';
import type { GatewayInputs } from './gateway-inputs.ts';
import type { ImportInput } from './import-input.ts';
import type { Member, RecordInput } from './member.ts';
import type { MeshNetwork } from './mesh-network.ts';
import type { RemovalInputs } from './removal-inputs.ts';

/** What rendering a cluster's Istio objects needs beyond what is read from live clusters. */
export type ControlPlaneInput = {
  /** Cluster the objects are for. */
  cluster: ClusterRef;
  /** Mesh name, `metadata.name`. */
  mesh: string;
  /** Istio's meshID. */
  meshId: string;
  /** SPIFFE trust domain. */
  trustDomain: string;
  /** Release and overlays; the cluster's own overlays are already merged in. */
  istio: IstioSpec;
  /** Network of the cluster. */
  network: string;
  /** Attached clusters when this is a primary that serves remotes; decides `global.externalIstiod`. */
  remotes: string[];
  /** Networks listed in ConfigMap `istio`; null where gateways are discovered by label, and where there is no such ConfigMap: base, remotes. */
  meshNetworks: MeshNetwork[] | null;
  /** Whether sidecars answer what their cluster's DNS cannot (`ISTIO_META_DNS_CAPTURE`). @default false */
  dnsCapture?: boolean;
  /** Whether a cluster that it serves has an injector of its own. @default false */
  localInjectors?: boolean;
};

/** Input of each step, by kind, that makes a mesh, keeps it and looks at it. */
type MeshInputs = {
  /** Reads a cluster and refuses what cannot work. */
  precheck: {
    cluster: ClusterRef;
    mesh: string;
    istioVersion: string;
    namespace: string;
    revision: string | null;
    role: 'primary' | 'remote';
    /** Server for the remote secret from the file; null takes the context's. */
    apiServer: string | null;
    /** Names of the clusters in the file: who is remembered beside them has left. @default none has left */
    members?: string[];
    /** How names of other clusters are resolved: with `dnsCapture` the ranges of Services count. @default `cluster` */
    nameResolution?: MeshSpec['nameResolution'];
    /** How control planes relate: exports need permissions of their own. @default `multicluster` */
    topology?: MeshSpec['topology'];
  };
  /** Finds out whether a cluster answers that was looked at before. */
  reachCluster: { cluster: ClusterRef };
  /** Turns spec and facts into the plan that follows. */
  planInstall: {
    spec: MeshSpec;
    facts: ClusterFacts[];
    confirmedDigest: string | null;
    /** Whether clusters that have left the file may be removed without a confirmed plan. @default false */
    mayRemove?: boolean;
    /** Clusters that have left the file and are gone for good. @default [] */
    forget?: string[];
    /** Clusters that an uninstall left behind. @default [] */
    remembered?: Member[];
    /**
     * Clusters that are set aside because they, or their primaries, cannot be read: `setAside` of quarantine.ts. There are no facts of them, and nothing
     * is done in them or for them. @default none
     */
    away?: string[];
  };
  /** System namespace with network label and, on remotes, the annotation `topology.istio.io/controlPlaneClusters`. */
  prepareNamespace: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    network: string;
    controlPlaneClusters: string[];
  };
  /** Secret `cacerts` under the mesh's root. */
  createCaSecret: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    trust: TrustSpec;
    home: ClusterRef | null;
    /** Root that clusters of the mesh trust already, from the prechecks' facts; null when none has `cacerts`. No other root is made then. */
    rootFingerprint: string | null;
  };
  /** Reader account and its role. */
  applyBase: ControlPlaneInput & { role: 'primary' | 'remote' };
  /** Istio's custom resource definitions. */
  applyDefinitions: ControlPlaneInput & { role: 'primary' | 'remote' };
  /** istiod and everything it needs on a primary. */
  applyControlPlane: ControlPlaneInput;
  /** The spec's own Istio resources, in a primary's system namespace. */
  applyResources: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    resources: KubernetesObject[];
  };
  /** istiod ready and its injector answering. */
  awaitControlPlane: {
    cluster: ClusterRef;
    namespace: string;
    revision: string | null;
    limitMs: number;
  };
  /** Remote profile pointing at the primary's istiod. */
  applyRemoteControlPlane: ControlPlaneInput & {
    primary: ClusterRef;
    /** Way to istiod. @default `gateway` */
    discovery?: RemoteSpec['discovery'];
    /** Who injects; `local` makes an istiod in the remote that does nothing else. @default `primary` */
    injector?: RemoteSpec['injector'];
  };
  /** Secret `istio-remote-secret-<remote>` in the primary. */
  createRemoteSecret: {
    remote: ClusterRef;
    primary: ClusterRef;
    mesh: string;
    namespace: string;
    /** API server of the remote as the primary reaches it; null takes the context's. */
    apiServer: string | null;
  };
  /** clusterz synced on every istiod replica, caBundle patched, `istio-ca-root-cert` present, injector answering. */
  awaitClusterSync: {
    remote: ClusterRef;
    primary: ClusterRef;
    namespace: string;
    revision: string | null;
    limitMs: number;
  };
  /** Clusters of other primaries synced on every istiod replica of a primary. */
  awaitMeshSync: {
    primary: ClusterRef;
    /** Names of the clusters it watches beside itself and its own remotes. */
    clusters: string[];
    namespace: string;
    revision: string | null;
    limitMs: number;
  };
  /** A service of a replicated mesh that others may call, in its own cluster. */
  applyExport: {
    cluster: ClusterRef;
    mesh: string;
    /** System namespace. */
    namespace: string;
    service: Pick<ExportSpec, 'service' | 'namespace'>;
    subsets: ExportSubset[];
  };
  /** A service of another cluster under its `.global` name, where it is called. */
  applyImport: ImportInput;
  /** What every cluster remembers of the mesh: a ConfigMap in each. */
  recordMesh: RecordInput;
  /** Services without endpoints in one cluster, for those that exist in others only. */
  applyStubServices: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    /** All clusters of the mesh in the order of the file: the first that has a Service says how its stub looks. */
    clusters: ClusterRef[];
  };
  /** What the mesh's sync follows from now on. */
  followMesh: { spec: FollowSpec };
  /**
   * Requests from a pod of every cluster to pods of every cluster, until all pairs are ok or the limit has passed. Returns
   * `pairs` either way and throws no VerifyFailed for a pair that is not ok; other trouble (Forbidden, …) is thrown as ever.
   */
  verifyTraffic: {
    mesh: string;
    clusters: ClusterRef[];
    namespace: string;
    revision: string | null;
    image: string;
    requests: number;
    limitMs: number;
    /** Network of each cluster: pods of one network must reach each other directly, others through gateways. @default not looked at */
    networks?: { [cluster: string]: string };
    /** Whether no service is shared and each cluster's echo is exported for the time of the verification. @default false */
    replicated?: boolean;
    /** Recorded in `recordIn` when all pairs answered, so that an unchanged mesh is not verified again. */
    specDigest: string;
    /** Clusters in which the record is kept. */
    recordIn: ClusterRef[];
  };
};

/** Input of each step by kind. Names, limits and overlays only: no credential, no manifest. */
export type StepInputs = MeshInputs & GatewayInputs & RemovalInputs;

/** Kinds of steps; each is one Temporal activity of the same name. */
export type StepKind = keyof StepInputs;
