import { createHash } from 'node:crypto';
import { parseDocument } from 'yaml';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';

/** CRDs are nine tenths of a manifest and the same in all: remembered by their text, they are parsed once (200 to 400 ms). */
const REMEMBERED_FROM = 8 * 1024;
const REMEMBERED = 64;

/**
 * Makes a parser of the YAML streams istioctl prints. They are Go's, which quotes every string that YAML 1.1 would read as
 * something else, so YAML 1.2's core schema reads the same values (compared on all of Istio's objects).
 */
export function manifestParser(): (text: string) => KubernetesObject[] {
  const remembered = new Map<string, string>();

  const parse = (text: string): KubernetesObject | null => {
    if (text.length < REMEMBERED_FROM) return toObject(text);
    const digest = createHash('sha256').update(text).digest('hex');
    const known = remembered.get(digest);
    // JSON text, because a shared object could be changed by one of its users.
    if (known !== undefined) return JSON.parse(known) as KubernetesObject;
    const object = toObject(text);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(digest, JSON.stringify(object));
    return object;
  };

  return (text) =>
    text
      .split(/^---\s*$/m)
      .map(parse)
      .filter((object) => object !== null);
}

function toObject(text: string): KubernetesObject | null {
  const document = parseDocument(text, {
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  const value = document.toJS({ maxAliasCount: 50 }) as KubernetesObject | null;
  return typeof value === 'object' ? value : null;
}
