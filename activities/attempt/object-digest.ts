import { canonicalJson } from '../../mesh/canonical-json.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { sha256 } from './sha256.ts';

/** What the API server and its controllers keep by themselves in the metadata of an object. */
const VOLATILE: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
]);
/** Written by the Deployment controller a moment after every change. */
const REVISION = 'deployment.kubernetes.io/revision';
const DIGITS = 12;

/** Digest of an object's content, of 12 hex digits; null for a Secret: even a digest would let somebody try guesses. */
export function objectDigest(object: KubernetesObject): string | null {
  const { metadata, status, ...content } = object;
  void status;
  if (object.kind === 'Secret') return null;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !VOLATILE.has(key)));
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key !== REVISION,
  );
  delete kept['annotations'];
  const text = canonicalJson({
    ...content,
    metadata:
      annotations.length === 0 ? kept : { ...kept, annotations: Object.fromEntries(annotations) },
  });
  return sha256(text).slice(0, DIGITS);
}
