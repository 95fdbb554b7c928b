import { setMaxListeners } from 'node:events';
import type { ActivityScope } from '../ports/activity-scope.ts';
import type { CertificateAuthority } from '../ports/certificate-authority.ts';
import type { HostResolver } from '../ports/host-resolver.ts';
import type { ManifestRenderer } from '../ports/manifest-renderer.ts';
import type { TrustStore } from '../ports/trust-store.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { dnsHostResolver } from './dns-host-resolver.ts';
import { fileTrustStore } from './file-trust-store.ts';
import { istioctlRenderer } from './istioctl.ts';
import type { IstioctlConfig } from './istioctl-binary.ts';
import { type KubeContextConfig, openKubeContexts } from './kube-contexts.ts';
import { type ClosableClusters, kubernetesClusters } from './kubernetes-clusters.ts';
import { renderedManifests } from './rendered-manifests.ts';
import { x509CertificateAuthority } from './x509-certificate-authority.ts';

/** Everything the adapters are told from outside; read from the environment by the worker's configuration. */
export type AdapterConfig = {
  /** Where contexts come from. */
  kube: KubeContextConfig;
  /** Environment credential plugins run with; nothing else of the worker's reaches them. */
  pluginEnv: { [name: string]: string };
  /** Where istioctl binaries may lie. */
  istioctl: IstioctlConfig;
  /** Name servers for host names of load balancers, `IP` or `IP:PORT`; empty for those of the machine. */
  nameServers: string[];
  /** Directory for rendered manifests. */
  renderedDir: string;
  /** Directory of the meshes' roots, `<dir>/<mesh>/`. */
  trustDir: string;
};

/** What steps are made of. */
export type Adapters = {
  /** Clusters by name. */
  clusters: ClosableClusters;
  /** Istio's manifests. */
  renderer: ManifestRenderer;
  /** Roots kept on this worker. */
  trustStore: TrustStore;
  /** Certificates. */
  ca: CertificateAuthority;
  /** Host names of load balancers. */
  hostResolver: HostResolver;
  /** The attempt that is running. */
  scope: ActivityScope;
  /** Cuts all connections. */
  close(): Promise<void>;
};

/** The attempt whose work the adapters do, as seen from inside it. */
export type RunningAttempt = {
  /** What it knows of itself. */
  scope: ActivityScope;
  /** Its leave to write. */
  permit: () => WritePermit;
};

/** Opens the adapters behind all ports; nothing is contacted yet. */
export function openAdapters(config: AdapterConfig, { scope, permit }: RunningAttempt): Adapters {
  const signal = (): AbortSignal => {
    // Every request under way listens to it; from the eleventh on node would warn of a leak.
    setMaxListeners(0, scope.signal);
    return scope.signal;
  };
  const clusters = kubernetesClusters(
    openKubeContexts(config.kube),
    config.pluginEnv,
    signal,
    permit,
  );
  return {
    clusters,
    renderer: istioctlRenderer(config.istioctl, renderedManifests(config.renderedDir), signal),
    trustStore: fileTrustStore(config.trustDir),
    ca: x509CertificateAuthority,
    hostResolver: dnsHostResolver(config.nameServers),
    scope,
    close: () => clusters.close(),
  };
}
