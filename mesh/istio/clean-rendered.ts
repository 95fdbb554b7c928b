import type { KubernetesObject } from '../kubernetes-object.ts';

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, withoutNulls(field)]),
  );
}

/**
 * Makes rendered objects fit for server-side apply: Istio's charts leave `annotations: null` and the like, which would claim a field
 * without giving it a value. Definitions of custom resources stay as they are, there a null may be a default.
 */
export function cleanRendered(rendered: KubernetesObject[]): KubernetesObject[] {
  return rendered.map((object) =>
    object.kind === 'CustomResourceDefinition'
      ? object
      : (withoutNulls(object) as KubernetesObject),
  );
}
