import type { KubernetesObject } from '../../../mesh/kubernetes-object.ts';

/** What an API server or a cloud chooses by itself, wherever it stands in an object. */
const CHOSEN = new Set([
  'clusterIP',
  'clusterIPs',
  'nodePort',
  'healthCheckNodePort',
  'caBundle',
  'resourceVersion',
  'uid',
  'kubernetes.io/service-account.uid',
  'kubernetes.io/legacy-token-last-used',
]);

/** Metadata that says when and how often an object was written, not what it is. */
const METADATA_OF_WRITES = new Set([
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
]);

/** Annotations of controllers that count or date. */
const RESTLESS_ANNOTATION = /^(deployment\.kubernetes\.io\/revision|.*\/restartedAt)$/;

const PEM = /-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----\n?/g;
const TIME = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g;
/** The data of a certificate in a kubeconfig or a webhook, and tokens. */
const KUBECONFIG_SECRET = /\b(certificate-authority-data|client-key-data|token): *\S+/g;

/** A text without certificates, keys, tokens and dates, of which each names its kind only. */
function steadyText(text: string): string {
  return text
    .replace(PEM, '<$1>')
    .replace(KUBECONFIG_SECRET, '$1: <secret>')
    .replace(TIME, '<time>');
}

/** A JSON value with sorted keys, without what machines choose. */
function steady(value: unknown): unknown {
  if (typeof value === 'string') return steadyText(value);
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value)
    .filter(([key]) => !CHOSEN.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([key, held]) => [key, steady(held)]));
}

/** Keys of a Secret, with whether something is there: its values are random or secret. */
function keysOf(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  return steady(
    Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, value === '' ? '<empty>' : '<secret>']),
    ),
  );
}

/** Who of us holds fields of an object, and by which operation; controllers come and go. */
function ownersOf({ metadata }: KubernetesObject): string[] {
  const ours = (metadata.managedFields ?? []).filter(
    ({ manager }) => manager?.startsWith('meshwright') === true,
  );
  const owners = ours.map(({ manager, operation }) => `${manager ?? ''} (${operation ?? ''})`);
  return [...new Set(owners)].sort();
}

/** An object as two undisturbed runs leave it alike: without versions, times, status, random keys and addresses that clusters choose. */
export function canonicalObject(object: KubernetesObject): unknown {
  const { apiVersion, kind, metadata, status, ...rest } = object;
  void status;
  const kept = Object.entries(metadata).filter(
    ([key]) => !METADATA_OF_WRITES.has(key) && key !== 'annotations',
  );
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => !RESTLESS_ANNOTATION.test(key),
  );
  return steady({
    apiVersion,
    kind,
    metadata: {
      ...Object.fromEntries(kept),
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
    ...rest,
    ...(kind === 'Secret' ? { data: keysOf(rest['data']) } : {}),
    owners: ownersOf(object),
  });
}
