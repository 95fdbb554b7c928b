import type { JsonObject } from '../../mesh/json.ts';
import type { ApiConnection } from './api-connection.ts';

/** How a kind is addressed. */
export type Resource = {
  /** Plural, e.g. `services`. */
  plural: string;
  /** Whether its objects live in namespaces. */
  namespaced: boolean;
};

/** Finds plural and scope of kinds, remembering what the API server said. */
export type ApiDiscovery = {
  /** The resource of a kind; null when the API server does not serve it (yet). */
  find(apiVersion: string, kind: string): Promise<Resource | null>;
};

/**
 * Opens discovery over a connection. A group version is asked for once; a kind it did not have is asked for again every time,
 * because CRDs appear. The requests are shared by all steps, so no step's signal ends them, only their time limit.
 */
export function openDiscovery(connection: ApiConnection): ApiDiscovery {
  const known = new Map<string, Map<string, Resource>>();
  const pending = new Map<string, Promise<Map<string, Resource>>>();

  const ask = async (apiVersion: string): Promise<Map<string, Resource>> => {
    const { code, body } = await connection.send({
      method: 'GET',
      path: rootOf(apiVersion),
      intent: { verb: 'get', target: `kinds of ${apiVersion}` },
      repeatable: true,
      expect: [404],
    });
    const kinds = new Map<string, Resource>();
    const list =
      code === 404
        ? []
        : (((body as JsonObject | null)?.['resources'] ?? []) as {
            name: string;
            kind: string;
            namespaced: boolean;
          }[]);
    for (const { name, kind, namespaced } of list) {
      // `pods/exec` and its like are parts of a resource and share names of kinds.
      if (!name.includes('/')) kinds.set(kind, { plural: name, namespaced });
    }
    known.set(apiVersion, kinds);
    return kinds;
  };

  return {
    find: async (apiVersion, kind) => {
      const remembered = known.get(apiVersion)?.get(kind);
      if (remembered !== undefined) return remembered;
      const asking =
        pending.get(apiVersion) ?? ask(apiVersion).finally(() => pending.delete(apiVersion));
      pending.set(apiVersion, asking);
      return (await asking).get(kind) ?? null;
    },
  };
}

/** Path under which a group version lives: core has one of its own. */
export function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Path of a collection, or of the object when a name is given. */
export function pathOf(
  apiVersion: string,
  resource: Resource,
  namespace: string | undefined,
  name?: string,
): string {
  const scope =
    resource.namespaced && namespace !== undefined
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : '';
  return `${rootOf(apiVersion)}${scope}/${resource.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
