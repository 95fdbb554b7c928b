import { join } from 'node:path';
import { callerEnvironment } from './environment.ts';
import type { Parts } from './node-context.ts';
import { IMAGE_REFERENCES } from './toolchain/images/references.ts';
import { cacheRootOf } from './toolchain/resolution.ts';
import { resolveSandboxToolchain } from './toolchain/resolve.ts';
import { ToolchainUnavailable } from './toolchain/unavailable.ts';
import { UsageError } from './usage-error.ts';

/**
 * Finds, builds or unpacks everything a sandbox runs.
 *
 * @param onProgress receives lines for people
 * @throws {UsageError} when a part cannot be had on this machine, with the cure
 */
export async function resolveParts(
  onProgress: (line: string) => void,
  signal?: AbortSignal,
): Promise<Parts> {
  try {
    const found = await resolveSandboxToolchain({
      env: callerEnvironment(),
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ text, verbose }) => {
        if (!verbose) onProgress(text);
      },
    });
    return {
      etcd: found.etcd,
      kubeApiServer: found['kube-apiserver'],
      kubeControllerManager: found['kube-controller-manager'],
      kubeScheduler: found['kube-scheduler'],
      kubelet: found.kubelet,
      kubeProxy: found['kube-proxy'],
      containerd: found.containerd,
      ctr: found.ctr,
      runc: found.runc,
      unshare: found.unshare,
      cniPlugins: found['cni-plugins'],
      // Those that the cluster itself waits for come first.
      images: [
        found['pause-image'],
        found['coredns-image'],
        found['pilot-image'],
        found['proxyv2-image'],
        found['app-image'],
        found['bookinfo-image'],
      ],
      pauseImage: IMAGE_REFERENCES['pause-image'],
      corednsImage: IMAGE_REFERENCES['coredns-image'],
    };
  } catch (error) {
    if (error instanceof ToolchainUnavailable)
      throw new UsageError(`${error.message}; ${error.cure}`);
    throw error;
  }
}

/** Where imported images are kept between sandboxes. */
export function imageStoreDir(): string {
  return join(cacheRootOf(callerEnvironment()), 'image-stores');
}
