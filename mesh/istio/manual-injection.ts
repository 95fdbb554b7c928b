import { isMap, isSeq, parseAllDocuments } from 'yaml';
import type { JsonObject } from '../json.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { mergeValues } from './merge-values.ts';

/** How a workload of a file stands to injection. */
export type InjectionState = 'injected' | 'injectable' | 'host network' | 'declined';

/** A workload of a file. */
export type FileWorkload = {
  /** `Kind namespace/name`, or `Kind name` where it names no namespace. */
  name: string;
  /** Whether it has a sidecar, can have one, or why it gets none: it uses its node's network, or says `sidecar.istio.io/inject: "false"`. */
  state: InjectionState;
};

/** Kinds that run pods, and where each keeps its pod: path from the object. */
const POD_PATHS: { [kind: string]: string[] } = {
  Pod: [],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};
const SIDECAR = 'istio-proxy';
const INJECT = 'sidecar.istio.io/inject';

type Pod = {
  metadata?: {
    labels?: { [key: string]: unknown };
    annotations?: { [key: string]: unknown };
  } | null;
  spec?: {
    hostNetwork?: boolean;
    containers?: { name?: string }[];
    initContainers?: { name?: string }[];
  } | null;
};

/**
 * The workloads of a text of YAML documents, those of Lists included.
 * @throws Error with line and column when it is not YAML
 */
export function workloadsIn(text: string): FileWorkload[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message.split('\n')[0] ?? error.code);
    const { contents } = document;
    if (!isMap(contents) && !isSeq(contents)) return [];
    return workloadsOf(document.toJS({ maxAliasCount: 100 }) as JsonObject);
  });
}

function workloadsOf(object: JsonObject): FileWorkload[] {
  const { kind, items } = object;
  if (Array.isArray(items) && typeof kind === 'string' && kind.endsWith('List'))
    return items.flatMap((item) => workloadsOf((item ?? {}) as JsonObject));
  const path = typeof kind === 'string' && Object.hasOwn(POD_PATHS, kind) ? POD_PATHS[kind] : null;
  if (typeof kind !== 'string' || path === null || path === undefined) return [];
  const pod = path.reduce<JsonObject>((node, key) => (node[key] ?? {}) as JsonObject, object);
  const { name, namespace } = (object['metadata'] ?? {}) as { name?: string; namespace?: string };
  const where = namespace === undefined ? '' : `${namespace}/`;
  return [{ name: `${kind} ${where}${name ?? 'without a name'}`, state: stateOf(pod as Pod) }];
}

function stateOf({ metadata, spec }: Pod): InjectionState {
  // Where Kubernetes has sidecars of its own, Istio's is one of the init containers.
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  if (containers.some(({ name }) => name === SIDECAR)) return 'injected';
  if (spec?.hostNetwork === true) return 'host network';
  const said = metadata?.labels?.[INJECT] ?? metadata?.annotations?.[INJECT];
  return String(said) === 'false' ? 'declined' : 'injectable';
}

/** Which cluster injected workloads are to belong to, where the control plane's own values name another. */
export type InjectionIdentity = { cluster: string; network: string };

/**
 * What sidecars are made with, from ConfigMap `istio` and ConfigMap `istio-sidecar-injector`; with an identity, as for that cluster. Null when
 * either has not what it should: an istioctl that is given an empty template answers the manifests as they were, and says nothing.
 */
export function injectionConfig(
  meshConfigMap: KubernetesObject | null,
  injectorConfigMap: KubernetesObject | null,
  identity: InjectionIdentity | null,
): { templates: string; values: string; mesh: string } | null {
  const { mesh = '' } = dataOf(meshConfigMap);
  const { config: templates = '', values = '' } = dataOf(injectorConfigMap);
  if (mesh.trim() === '' || templates.trim() === '' || values.trim() === '') return null;
  if (identity === null) return { templates, values, mesh };
  const { cluster: clusterName, network } = identity;
  const own = { global: { multiCluster: { clusterName }, network } };
  const merged = mergeValues(JSON.parse(values) as JsonObject, own);
  return { templates, values: JSON.stringify(merged), mesh };
}

function dataOf(configMap: KubernetesObject | null): { [key: string]: string } {
  return (configMap as { data?: { [key: string]: string } } | null)?.data ?? {};
}
