import type { EdgeGateway, IstioSpec, RemoteSpec } from '../spec/mesh-spec.ts';
import type { ClusterRef } from './cluster-ref.ts';
import type { MeshNetwork } from './mesh-network.ts';

/** Input of each step, by kind, that makes and finds the ways into a cluster: gateways, what they expose, their addresses. */
export type GatewayInputs = {
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
};
