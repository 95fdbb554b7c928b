import type { JsonObject } from '../json.ts';
import type { ControlPlaneInput } from '../plan/step-inputs.ts';
import { discoveryName, injectionPath } from './istio-names.ts';
import { mergeValues } from './merge-values.ts';

/** The part of `values` that says which cluster this is; overlays never change it, five names must agree with it. */
function identity(input: ControlPlaneInput): JsonObject {
  return {
    global: {
      istioNamespace: input.istio.namespace,
      meshID: input.meshId,
      multiCluster: { clusterName: input.cluster.name },
      network: input.network,
    },
  };
}

/**
 * istiod's readiness, asked every second from the start. The chart asks after 1 s and then every 3 s, and everything waits for istiod;
 * nine failures keep the chart's tolerance.
 */
const READINESS: JsonObject = {
  readinessProbe: {
    httpGet: { path: '/ready', port: 8080 },
    initialDelaySeconds: 0,
    periodSeconds: 1,
    timeoutSeconds: 5,
    failureThreshold: 9,
  },
};

/**
 * Lets sidecars answer names of Services that exist in other clusters only. Istio gives Kubernetes Services their own addresses, so nothing
 * has to be allocated.
 */
function dnsCapture(input: ControlPlaneInput): JsonObject {
  if (input.dnsCapture !== true) return {};
  return { defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } } };
}

function operator(
  input: ControlPlaneInput,
  profile: string,
  values: JsonObject,
  more: JsonObject = {},
  discovery: JsonObject = {},
): JsonObject {
  const { istio } = input;
  return {
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    metadata: { name: 'meshwright', namespace: istio.namespace },
    spec: {
      profile,
      ...(istio.revision === null ? {} : { revision: istio.revision }),
      ...(istio.hub === null ? {} : { hub: istio.hub }),
      ...(istio.tag === null ? {} : { tag: istio.tag }),
      meshConfig: mergeValues(istio.meshConfig, dnsCapture(input), discovery, {
        trustDomain: input.trustDomain,
      }),
      values,
      ...more,
    },
  };
}

/**
 * Names that istiod's certificate needs beside those it has by itself: with a revision it does not know the Service by which sidecars of clusters
 * with a local injector reach it (pilot/pkg/bootstrap/server.go, getDNSNames).
 */
function customHosts(input: ControlPlaneInput): JsonObject {
  const { istio } = input;
  if (input.localInjectors !== true || istio.revision === null) return {};
  const pilot = (istio.values['pilot'] ?? {}) as { env?: { ISTIOD_CUSTOM_HOST?: string } };
  const own = pilot.env?.ISTIOD_CUSTOM_HOST;
  const hosts = [...(own === undefined ? [] : [own]), remoteIstiodHost(input)];
  return { pilot: { env: { ISTIOD_CUSTOM_HOST: hosts.join(',') } } };
}

function remoteIstiodHost({ istio }: ControlPlaneInput): string {
  return `${discoveryName(istio.revision, 'local')}.${istio.namespace}.svc`;
}

/**
 * The IstioOperator of a primary. Profile `minimal` is `default` without the ingress gateway, which no mesh of ours needs.
 * `defaultRevision` adds the validating webhook that `istioctl install` makes after its rendering, for the default revision.
 * `meshNetworks` is left out on purpose: a ConfigMap key of its own holds it, so that addresses never change rendered objects.
 */
export function primaryOperator(input: ControlPlaneInput): JsonObject {
  const { istio } = input;
  const external: JsonObject = input.remotes.length > 0 ? { global: { externalIstiod: true } } : {};
  const validator: JsonObject = istio.revision === null ? { defaultRevision: 'default' } : {};
  return operator(
    input,
    'minimal',
    mergeValues(validator, istio.values, external, customHosts(input), identity(input)),
    {
      components: { pilot: { k8s: READINESS } },
    },
  );
}

/**
 * The IstioOperator of a remote. Without a discovery address only what does not depend on it may be taken from the rendering
 * (see `baseObjects`): the Service `istiod` and its EndpointSlice are missing then.
 */
export function remoteOperator(
  input: ControlPlaneInput,
  discoveryAddress: string | null,
): JsonObject {
  const discovery: JsonObject =
    discoveryAddress === null ? {} : { global: { remotePilotAddress: discoveryAddress } };
  const injection: JsonObject = {
    istiodRemote: { injectionPath: injectionPath(input.cluster.name, input.network) },
  };
  return operator(
    input,
    'remote',
    mergeValues(input.istio.values, injection, discovery, identity(input)),
  );
}

/**
 * The IstioOperator of a remote whose injector is an istiod of its own, as profile `minimal` makes it; the discovery address, IP or host name, is
 * that of the primary's. Profile `remote` would leave out the ConfigMaps that an injector needs. Sidecars are led to the primary in so many
 * words: for a revision the chart names the Service `istiod-<revision>-remote` and the address `istiod-remote` all the same.
 */
export function localInjectorOperator(
  input: ControlPlaneInput,
  discoveryAddress: string,
): JsonObject {
  const local: JsonObject = {
    istiodRemote: {
      enabled: true,
      enabledLocalInjectorIstiod: true,
      injectionPath: injectionPath(input.cluster.name, input.network, 'local'),
    },
    global: { remotePilotAddress: discoveryAddress },
  };
  return operator(
    input,
    'minimal',
    mergeValues(input.istio.values, local, identity(input)),
    { components: { pilot: { k8s: READINESS } } },
    { defaultConfig: { discoveryAddress: `${remoteIstiodHost(input)}:15012` } },
  );
}
