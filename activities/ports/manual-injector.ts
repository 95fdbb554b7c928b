/** What Istio injects with, as its ConfigMaps hold it; no secret. */
export type InjectionConfig = {
  /** Templates: key `config` of ConfigMap `istio-sidecar-injector`. */
  templates: string;
  /** Values as JSON: key `values` of the same ConfigMap. */
  values: string;
  /** Mesh configuration: key `mesh` of ConfigMap `istio`. */
  mesh: string;
};

/** Adds sidecars to manifests with the release's own istioctl, without asking any cluster. */
export interface ManualInjector {
  /**
   * The manifests (YAML) with sidecars in the workloads that can have one; everything else as it was.
   * @throws MeshFailure ToolMissing when this machine lacks that istioctl, ToolFailed when it refuses.
   */
  inject(
    istioVersion: string,
    revision: string | null,
    config: InjectionConfig,
    manifests: string,
  ): Promise<string>;
}
