/** Kubernetes release that every kube-* part and kubelet is built from. */
export const KUBERNETES_VERSION = '1.36.3';

/** etcd release of the sandbox's API servers. */
export const ETCD_VERSION = '3.6.16';

/** CoreDNS release that serves cluster DNS. */
export const COREDNS_VERSION = '1.12.4';

/**
 * Version string that the sandbox's Istio reports. The sources are a commit of the 1.31 development line, so
 * this is a pre-release of 1.31.0 dated like that commit.
 */
export const ISTIO_VERSION = '1.31.0-dev.20260827';

/** Go pseudo-version of the Istio commit that the module file pins. */
export const ISTIO_MODULE_VERSION = 'v0.0.0-20260827124520-eed52ebb66ad';

/** Upstream Envoy release that stands in for Istio's own build of Envoy. */
export const ENVOY_VERSION = '1.40.0';

/** Temporal CLI release; it carries server 1.32.0 and UI 2.54.1. */
export const TEMPORAL_VERSION = '1.9.1';

/** Time-skipping Temporal test server release. */
export const TEMPORAL_TEST_SERVER_VERSION = '1.40.0';

/** Go release that is unpacked when the machine has no usable go; Kubernetes 1.36 asks for 1.26.0 or newer. */
export const GO_VERSION = '1.26.6';

/** Version of our own pause program and of the image made from it. */
export const PAUSE_VERSION = '1';

/** Version of the sample application image. */
export const APP_VERSION = '1';

/** Version of the program that every service of examples/bookinfo runs, and of the image made from it. */
export const BOOKINFO_VERSION = '1';
