import type { ActivityScope } from './activity-scope.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { Clusters } from './cluster.ts';
import type { HostResolver } from './host-resolver.ts';
import type { ManifestRenderer } from './manifest-renderer.ts';
import type { MeshOperations } from './mesh-operations.ts';
import type { TrustStore } from './trust-store.ts';

/** Everything the steps need from the world; the worker wires it once. */
export type StepPorts = {
  /** Opens clusters by name. */
  clusters: Clusters;
  /** Renders Istio's manifests with the release's istioctl. */
  renderer: ManifestRenderer;
  /** Makes and judges certificates. */
  certificates: CertificateAuthority;
  /** Keeps the generated root on this worker. */
  trustStore: TrustStore;
  /** Resolves host names of load balancers. */
  hostResolver: HostResolver;
  /** What runs for a mesh in Temporal; asked inside an activity only. */
  operations: MeshOperations;
  /** The scope of the running attempt; called inside an activity only. */
  scope: () => ActivityScope;
};
