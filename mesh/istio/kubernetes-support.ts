/**
 * Oldest Kubernetes minor version (1.x) each Istio minor version (1.x) supports.
 * Source: istio.io/latest/docs/releases/supported-releases for 1.27 to 1.30; MinK8SVersion in istioctl/pkg/install/k8sversion for 1.31.
 */
const MINIMUM_KUBERNETES: { [istioMinor: number]: number } = {
  27: 29,
  28: 30,
  29: 31,
  30: 32,
  31: 32,
};

const MINORS = Object.keys(MINIMUM_KUBERNETES).map(Number);
const OLDEST_ISTIO = Math.min(...MINORS);
const NEWEST_ISTIO = Math.max(...MINORS);

function minor(version: string): number | null {
  const found = /^v?1\.(\d+)/.exec(version);
  return found?.[1] === undefined ? null : Number(found[1]);
}

/**
 * Why an Istio version cannot run on a Kubernetes version, as one sentence; null when it can. Newer pairs than the table knows are
 * allowed: Istio's own tools refuse only what is too old.
 */
export function unsupportedReason(istioVersion: string, kubernetesVersion: string): string | null {
  const istio = minor(istioVersion);
  const kubernetes = minor(kubernetesVersion);
  if (istio === null || istio < OLDEST_ISTIO)
    return `istio ${istioVersion} is older than 1.${OLDEST_ISTIO}, the oldest that meshwright installs`;
  const oldest = MINIMUM_KUBERNETES[Math.min(istio, NEWEST_ISTIO)];
  if (kubernetes === null || oldest === undefined || kubernetes >= oldest) return null;
  return `kubernetes ${kubernetesVersion} is older than 1.${oldest}, the oldest that istio ${istioVersion} supports`;
}
