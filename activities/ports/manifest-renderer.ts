import type { JsonObject } from '../../mesh/json.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';

/** Renders Istio's own manifests with the release's own istioctl. */
export interface ManifestRenderer {
  /**
   * Objects of `istioctl manifest generate` for an IstioOperator document.
   * @throws MeshFailure ToolMissing when the worker lacks that istioctl, ToolFailed when it refuses the document.
   */
  render(istioVersion: string, operator: JsonObject): Promise<KubernetesObject[]>;
}
