import {
  injectorWebhookName,
  meshConfigMapName,
  ROOT_CERT_CONFIG_MAP,
} from '../../mesh/istio/istio-names.ts';
import { caBundlesBase64 } from '../../mesh/istio/webhook-fields.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { LimitedWait } from '../attempt/limited-wait.ts';
import type { Cluster } from '../ports/cluster.ts';

type ConfigMap = KubernetesObject & { data?: { [key: string]: string } };

/** The mesh's root as PEM, and where it is looked for. */
export type RootLookup = {
  /** System namespace. */
  namespace: string;
  /** Revision; null for the default one. */
  revision: string | null;
  /** Root certificates, PEM. */
  root: string;
};

/** Namespaces of Kubernetes itself; pods of a mesh live in none of them. */
const KUBERNETES_NAMESPACES = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

function rootOf(configMap: KubernetesObject | undefined): string | undefined {
  const pem = (configMap as ConfigMap | undefined)?.data?.['root-cert.pem'];
  return pem === undefined || pem.trim() === '' ? undefined : pem.trim();
}

/** Waits for the root that the primary's istiod hands out. */
export function meshRoot(wait: LimitedWait, primary: Cluster, namespace: string): Promise<string> {
  const query = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace,
    fieldSelector: `metadata.name=${ROOT_CERT_CONFIG_MAP}`,
  };
  return wait.watch(primary, query, ([configMap]) => rootOf(configMap));
}

/** Waits until every webhook of the remote's injector trusts the mesh's root, which istiod writes there. */
export async function awaitWebhookBundle(
  wait: LimitedWait,
  remote: Cluster,
  { namespace, revision, root }: RootLookup,
): Promise<void> {
  const name = injectorWebhookName(revision, namespace);
  const query = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    fieldSelector: `metadata.name=${name}`,
  };
  await wait.watch(remote, query, ([configuration]) => {
    const bundles = configuration === undefined ? [] : caBundlesBase64(configuration);
    const trusts = (bundle: string): boolean =>
      Buffer.from(bundle, 'base64').toString('utf8').trim() === root;
    if (bundles.length > 0 && bundles.every(trusts)) return true;
    wait.reason(
      configuration === undefined
        ? `webhook ${name} of ${remote.name} does not exist`
        : `webhook ${name} of ${remote.name} ${bundles.includes('') ? 'has no CA bundle yet' : 'trusts another root'}`,
    );
    return undefined;
  });
}

/**
 * Namespaces of the remote in which the root must arrive: all of them but Kubernetes' own. A mesh with discovery selectors leaves out what
 * they do not select, so then only the system namespace counts.
 */
async function rootedNamespaces(
  primary: Cluster,
  remote: Cluster,
  { namespace, revision }: RootLookup,
): Promise<string[]> {
  const [configMap, namespaces] = await Promise.all([
    primary.read({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      name: meshConfigMapName(revision),
    }),
    remote.list({ apiVersion: 'v1', kind: 'Namespace' }),
  ]);
  if ((configMap as ConfigMap | null)?.data?.['mesh']?.includes('discoverySelectors:') === true)
    return [namespace];
  return namespaces
    .filter(
      ({ metadata }) =>
        metadata.deletionTimestamp === undefined && !KUBERNETES_NAMESPACES.has(metadata.name),
    )
    .map(({ metadata }) => metadata.name);
}

/** Waits until the mesh's root has arrived in the remote's namespaces; pods start only where it is. */
export async function awaitRootCertificates(
  wait: LimitedWait,
  primary: Cluster,
  remote: Cluster,
  lookup: RootLookup,
): Promise<void> {
  const wanted = await rootedNamespaces(primary, remote, lookup);
  const query = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    fieldSelector: `metadata.name=${ROOT_CERT_CONFIG_MAP}`,
  };
  await wait.watch(remote, query, (configMaps) => {
    const rooted = new Set(
      configMaps
        .filter((found) => rootOf(found) === lookup.root)
        .map((found) => found.metadata.namespace),
    );
    const missing = wanted.filter((name) => !rooted.has(name));
    if (missing.length === 0) return true;
    wait.reason(
      `${ROOT_CERT_CONFIG_MAP} is not in namespace ${missing[0] ?? ''} of ${remote.name} yet`,
    );
    return undefined;
  });
}
