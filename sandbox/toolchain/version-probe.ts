import type { RunCommand } from './command.ts';
import type { PartName } from './parts.ts';
import {
  COREDNS_VERSION,
  ENVOY_VERSION,
  ETCD_VERSION,
  ISTIO_VERSION,
  KUBERNETES_VERSION,
  TEMPORAL_VERSION,
} from './versions.ts';

/** How a program tells its version, and which versions will do. */
export interface VersionProbe {
  /** Arguments that make it print its version. */
  args: readonly string[];
  /** Finds the version in what it prints; the first group is the version. */
  pattern: RegExp;
  /** What will do, in words for messages. */
  wanted: string;
  /** Tells whether a version will do. */
  accepts(version: string): boolean;
}

function exactly(wanted: string, args: readonly string[], pattern: RegExp): VersionProbe {
  return { args, pattern, wanted, accepts: (version) => version === wanted };
}

const kubernetes = exactly(KUBERNETES_VERSION, ['--version'], /^Kubernetes v(\S+)/m);
const istio = exactly(ISTIO_VERSION, ['version', '--short'], /(\d+\.\d+\.\d+\S*)/);

/** kubectl works with servers one minor release older or newer. */
function withinKubectlSkew(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = KUBERNETES_VERSION.split('.').map(Number);
  return major === wantedMajor && Math.abs((minor ?? 0) - (wantedMinor ?? 0)) <= 1;
}

/** The probes of the parts that can tell their version. */
export const VERSION_PROBES: Readonly<Partial<Record<PartName, VersionProbe>>> = {
  etcd: exactly(ETCD_VERSION, ['--version'], /^etcd Version: (\S+)/m),
  'kube-apiserver': kubernetes,
  'kube-controller-manager': kubernetes,
  'kube-scheduler': kubernetes,
  kubelet: kubernetes,
  'kube-proxy': kubernetes,
  kubectl: {
    args: ['version', '--client', '--output=json'],
    pattern: /"gitVersion": "v([^"]+)"/,
    wanted: `${KUBERNETES_VERSION}, or one minor release off it`,
    accepts: withinKubectlSkew,
  },
  coredns: exactly(COREDNS_VERSION, ['-version'], /^CoreDNS-(\S+)/m),
  istioctl: exactly(ISTIO_VERSION, ['version', '--short', '--remote=false'], /(\d+\.\d+\.\d+\S*)/),
  'pilot-discovery': istio,
  'pilot-agent': istio,
  envoy: exactly(ENVOY_VERSION, ['--version'], /version: [0-9a-f]+\/([^/]+)\//),
  temporal: exactly(TEMPORAL_VERSION, ['--version'], /^temporal version (\S+)/m),
  containerd: {
    args: ['--version'],
    pattern: /\bv?(\d+\.\d+\.\d+)/,
    wanted: '1.6 or newer',
    accepts: (version) => {
      const [major = 0, minor = 0] = version.split('.').map(Number);
      return major > 1 || (major === 1 && minor >= 6);
    },
  },
};

/** A program has this long to tell its version. */
const PROBE_LIMIT_MS = 20_000;

/**
 * Asks a program for its version. Returns undefined when it does not answer with one.
 */
export async function probeVersion(
  probe: VersionProbe,
  path: string,
  run: RunCommand,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const printed = await run(path, probe.args, { env, timeoutMs: PROBE_LIMIT_MS }).catch(
    () => undefined,
  );
  if (printed === undefined) return undefined;
  return probe.pattern.exec(`${printed.stdout}\n${printed.stderr}`)?.[1];
}
