import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { ApiConnection } from './api-connection.ts';
import type { Resource } from './api-discovery.ts';
import { pathOf } from './api-discovery.ts';

/** Which objects are listed or watched. */
export type ObjectQuery = {
  /** Group and version. */
  apiVersion: string;
  /** Kind. */
  kind: string;
  /** Namespace; absent for all. */
  namespace?: string;
  /** Label selector as the API takes it. */
  labelSelector?: string;
  /** Field selector as the API takes it. */
  fieldSelector?: string;
};

/** Objects of one moment, and the moment. */
export type ObjectList = {
  /** The objects. */
  objects: KubernetesObject[];
  /** From here a watch goes on. */
  resourceVersion: string;
};

const PAGE = 500;

/** Lists all objects of a query, page by page. */
export async function listObjects(
  connection: ApiConnection,
  resource: Resource,
  query: ObjectQuery,
  signal?: AbortSignal,
): Promise<ObjectList> {
  const objects: KubernetesObject[] = [];
  let resourceVersion = '';
  let next = '';
  do {
    const { code, body } = await connection.send(
      {
        method: 'GET',
        path: `${pathOf(query.apiVersion, resource, query.namespace)}?${parametersOf(query, { limit: String(PAGE), ...(next === '' ? {} : { continue: next }) })}`,
        intent: { verb: 'list', target: describeQuery(query) },
        repeatable: true,
        // The token to continue ends after minutes: begin again rather than answer half a list.
        expect: next === '' ? [] : [410],
      },
      signal,
    );
    if (code === 410) {
      objects.length = 0;
      next = '';
      continue;
    }
    const page = body as unknown as {
      metadata?: { resourceVersion?: string; continue?: string };
      items?: KubernetesObject[];
    };
    // Items of a list do not say their kind.
    for (const item of page.items ?? [])
      objects.push({ ...item, apiVersion: query.apiVersion, kind: query.kind });
    resourceVersion = page.metadata?.resourceVersion ?? '';
    next = page.metadata?.continue ?? '';
  } while (next !== '');
  return { objects, resourceVersion };
}

/** Query string of a list or watch. */
export function parametersOf(query: ObjectQuery, more: { [name: string]: string }): string {
  return new URLSearchParams({
    ...(query.labelSelector === undefined ? {} : { labelSelector: query.labelSelector }),
    ...(query.fieldSelector === undefined ? {} : { fieldSelector: query.fieldSelector }),
    ...more,
  }).toString();
}

/** Writes a query for people, e.g. `Pods of istio-system with app=istiod`. */
export function describeQuery(query: ObjectQuery): string {
  const selectors = [query.labelSelector, query.fieldSelector]
    .filter((selector) => selector !== undefined)
    .join(', ');
  return `${query.kind}s${query.namespace === undefined ? '' : ` of ${query.namespace}`}${selectors === '' ? '' : ` with ${selectors}`}`;
}
