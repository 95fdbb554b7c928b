import type { GoPartName, ModuleFilePartName } from './parts.ts';
import {
  BOOKINFO_VERSION,
  COREDNS_VERSION,
  ETCD_VERSION,
  ISTIO_MODULE_VERSION,
  ISTIO_VERSION,
  KUBERNETES_VERSION,
  PAUSE_VERSION,
} from './versions.ts';

/** A program built from one of the Go modules in this folder. */
export interface GoPart {
  /** Its version. */
  version: string;
  /** Folder of the module file beside this one. */
  module: 'etcd' | 'kubernetes' | 'istio' | 'coredns' | 'pause' | 'bookinfo';
  /** Package of its main function. */
  package: string;
  /** Linker flags; `$GOOS` and `$GOARCH` are replaced. */
  ldflags: string;
  /** Seconds the first build took on two cores, after the parts before it. */
  expectedSeconds: number;
  /** Go files of our own beside the module file, which belong to the recipe. */
  sources?: readonly string[];
}

/** Without the symbol table and debug information a program is a third smaller. */
const STRIPPED = '-s -w';

/** Parts report `v0.0.0-master` unless told, and tools that gate on versions are misled. */
const KUBERNETES_FLAGS = [
  STRIPPED,
  ...['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map((where) =>
    [
      `-X ${where}.gitVersion=v${KUBERNETES_VERSION}`,
      `-X ${where}.gitMajor=${KUBERNETES_VERSION.split('.')[0]}`,
      `-X ${where}.gitMinor=${KUBERNETES_VERSION.split('.')[1]}`,
      `-X ${where}.gitCommit=unknown`,
      `-X ${where}.gitTreeState=clean`,
    ].join(' '),
  ),
].join(' ');

/** `buildHub` stays unset on purpose: whoever renders with this istioctl must name the hub. */
const ISTIO_FLAGS = [
  STRIPPED,
  ...[
    `buildVersion=${ISTIO_VERSION}`,
    `buildTag=${ISTIO_VERSION}`,
    `buildGitRevision=${ISTIO_MODULE_VERSION.split('-').at(-1)}`,
    'buildStatus=Clean',
    'buildOS=$GOOS',
    'buildArch=$GOARCH',
  ].map((setting) => `-X istio.io/istio/pkg/version.${setting}`),
].join(' ');

function kubernetes(name: string, expectedSeconds: number): GoPart {
  return {
    version: KUBERNETES_VERSION,
    module: 'kubernetes',
    package: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: KUBERNETES_FLAGS,
    expectedSeconds,
  };
}

function istio(path: string, expectedSeconds: number): GoPart {
  return {
    version: ISTIO_VERSION,
    module: 'istio',
    package: `istio.io/istio/${path}`,
    ldflags: ISTIO_FLAGS,
    expectedSeconds,
  };
}

/** How each Go program is built. */
export const GO_PARTS: Readonly<Record<GoPartName, GoPart>> = {
  etcd: {
    version: ETCD_VERSION,
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    ldflags: STRIPPED,
    expectedSeconds: 45,
  },
  'kube-apiserver': kubernetes('kube-apiserver', 210),
  'kube-controller-manager': kubernetes('kube-controller-manager', 51),
  'kube-scheduler': kubernetes('kube-scheduler', 8),
  kubelet: kubernetes('kubelet', 17),
  'kube-proxy': kubernetes('kube-proxy', 7),
  kubectl: kubernetes('kubectl', 19),
  istioctl: istio('istioctl/cmd/istioctl', 200),
  'pilot-discovery': istio('pilot/cmd/pilot-discovery', 53),
  'pilot-agent': istio('pilot/cmd/pilot-agent', 6),
  coredns: {
    version: COREDNS_VERSION,
    module: 'coredns',
    package: 'github.com/coredns/coredns',
    ldflags: STRIPPED,
    expectedSeconds: 132,
  },
  pause: {
    version: PAUSE_VERSION,
    module: 'pause',
    package: '.',
    ldflags: STRIPPED,
    expectedSeconds: 2,
    sources: ['main.go'],
  },
  bookinfo: {
    version: BOOKINFO_VERSION,
    module: 'bookinfo',
    package: '.',
    ldflags: STRIPPED,
    expectedSeconds: 4,
    sources: ['main.go'],
  },
};

/** A file copied out of a Go module's sources. */
export interface ModuleFilePart {
  /** Its version. */
  version: string;
  /** Folder of the module file beside this one. */
  module: GoPart['module'];
  /** Path of the module that holds the file. */
  modulePath: string;
  /** Path of the file inside that module. */
  file: string;
}

/** Which files are copied out of module sources. */
export const MODULE_FILE_PARTS: Readonly<Record<ModuleFilePartName, ModuleFilePart>> = {
  'envoy-bootstrap': {
    version: ISTIO_VERSION,
    module: 'istio',
    modulePath: 'istio.io/istio',
    file: 'tools/packaging/common/envoy_bootstrap.json',
  },
};
