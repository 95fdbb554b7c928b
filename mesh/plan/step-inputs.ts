import type { KubernetesObject } from '../kubernetes-object.ts';
import type {
  EdgeGateway,
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
import type { ClusterSurvey } from './cluster-survey.ts';
import type { ImportInput } from './import-input.ts';
import type { Member, RecordInput } from './member.ts';
import type { MeshNetwork } from './mesh-network.ts';
import type { UninstallOptions } from './uninstall-options.ts';

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

/** Input of each step by kind. Names, limits and overlays only: no credential, no manifest. */
export type StepInputs = {
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
  /** A gateway: its Service early, its Deployment when the injector answers. */
  applyGateway: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    revision: string | null;
    /** Release whose istioctl renders it, and the overlays (`gateways.istio-ingressgateway.*` annotates its Service); the cluster's own are merged in. */
    istio: IstioSpec;
    network: string;
    part: 'service' | 'workload';
    /** False where it leads to istiod only, in a mesh of one network: no port for services, no network label. @default true */
    services?: boolean;
    /** Which gateway at the edge. @default the east-west gateway */
    role?: EdgeGateway;
    /** Who injects its pods. @default `primary` */
    injector?: RemoteSpec['injector'];
  };
  /** Address of a gateway's LoadBalancer. */
  awaitGatewayAddress: {
    cluster: ClusterRef;
    namespace: string;
    limitMs: number;
    /** An egress gateway has none to wait for. @default the east-west gateway */
    role?: 'ingress';
  };
  /** Pods of a gateway ready. */
  awaitGateway: {
    cluster: ClusterRef;
    namespace: string;
    limitMs: number;
    /** Which gateway at the edge. @default the east-west gateway */
    role?: EdgeGateway;
  };
  /** istiod exposed through the primary's east-west gateway. */
  exposeControlPlane: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    revision: string | null;
  };
  /** LoadBalancer of istiod's own, for remotes with `discovery: loadBalancer`. */
  applyDiscoveryService: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    revision: string | null;
  };
  /** Address of that LoadBalancer. */
  awaitDiscoveryAddress: {
    cluster: ClusterRef;
    namespace: string;
    revision: string | null;
    limitMs: number;
  };
  /** Services exposed through east-west gateways (AUTO_PASSTHROUGH). */
  exposeServices: { cluster: ClusterRef; mesh: string; namespace: string };
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
  /** Real gateway addresses of one network in a primary's ConfigMap `istio`. */
  patchMeshNetworks: {
    primary: ClusterRef;
    mesh: string;
    namespace: string;
    revision: string | null;
    /** Network whose placeholder is replaced by this step. */
    network: string;
    /** All listed networks: the text is written whole. */
    meshNetworks: MeshNetwork[];
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
  /** A component that the plan no longer has, in one cluster. */
  removeComponent: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    revision: string | null;
    /** Name of the component, as in its inventory. */
    component: string;
    /** Whether it must be seen that istiod forgets a cluster; false where that istiod goes as well, and may be broken. @default true */
    insist?: boolean;
    /** A cluster that cannot be reached for so long is left behind, in milliseconds. @default it is tried for as long as it takes */
    leaveAfterMs?: number;
  };
  /** Everything of the mesh in a cluster that has left the file, or whose mesh is uninstalled. */
  removeCluster: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    /** UID of its `kube-system`; null when only the cluster itself can say which member it is. */
    uid: string | null;
    /** Which of Istio's definitions go: those of whose kinds no object is left, or none. @default `unused` */
    definitions?: 'unused' | 'none';
    /** Whether the key of the mesh's root stays in it for now; otherwise a cluster that holds it is refused. @default false */
    keepRoot?: boolean;
    /** A cluster that cannot be reached for so long is left behind, in milliseconds. @default it is tried for as long as it takes */
    leaveAfterMs?: number;
  };
  /** Reads what of a mesh is in a cluster, and who else uses it, before anything is removed. */
  surveyCluster: {
    cluster: ClusterRef;
    mesh: string;
    namespace: string;
    revision: string | null;
    /** Names of the clusters in the file: who is remembered beside them has left. */
    members: string[];
    /** Whether definitions alone, which an earlier uninstall kept, are something to remove. */
    crds: boolean;
    /** A cluster that cannot be reached for so long is planned without a look at it, in milliseconds. */
    limitMs: number;
  };
  /** Turns spec and surveys into the plan of an uninstall. */
  planUninstall: {
    spec: MeshSpec;
    surveys: ClusterSurvey[];
    options: UninstallOptions;
    /** Digest of the plan that a person confirmed; null accepts any. */
    confirmedDigest: string | null;
  };
  /** Plans what takes back an install. */
  planUndo: {
    spec: MeshSpec;
    /** What the install's prechecks read. */
    facts: ClusterFacts[];
    /** As of the install. */
    forget: string[];
    /** As of the install. */
    remembered: Member[];
    /** Ids of the steps that were begun. */
    begun: string[];
  };
  /** The key of the mesh's root: out of the clusters that hold it, once nothing else of the mesh is left. */
  releaseTrust: {
    mesh: string;
    namespace: string;
    /** Clusters that hold it; none when it is kept by the worker. */
    homes: ClusterRef[];
    /** Clusters that were left behind, filled in when the step begins: for them the key is kept. */
    leftBehind: string[];
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

/** Kinds of steps; each is one Temporal activity of the same name. */
export type StepKind = keyof StepInputs;
