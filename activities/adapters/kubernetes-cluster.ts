import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import { MeshFailure } from '../../mesh/failure.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { askLackingPermissions } from './access-review.ts';
import { againWhileModified } from './again-on-conflict.ts';
import { type ApiAnswer, type ApiConnection, statusOf } from './api-connection.ts';
import { openDiscovery, pathOf, type Resource } from './api-discovery.ts';
import { failureOfAnswer } from './api-failure.ts';
import { confirmRefusals } from './confirmed-refusals.ts';
import { listObjects } from './list-objects.ts';
import { execInPod } from './pod-exec.ts';
import { applyObject } from './server-side-apply.ts';
import { watchObjects } from './watch-objects.ts';

/** Main field manager. */
const FIELD_MANAGER = 'meshwright';
const EXEC_LIMIT_MS = 30_000;

/** What a cluster is opened with. */
export type ClusterIdentity = {
  /** Name in the mesh. */
  name: string;
  /** Server of the context. */
  server: string;
  /** CA bundle in PEM; empty where the server has a certificate of a public CA. */
  caData: string;
};

/** Makes a Cluster over a connection; `signal` and `permit` answer those of the attempt that is running. */
export function kubernetesCluster(
  identity: ClusterIdentity,
  unconfirmed: ApiConnection,
  signal: () => AbortSignal | undefined,
  permit: () => WritePermit,
): Cluster {
  const connection = confirmRefusals(unconfirmed);
  const discovery = openDiscovery(connection);

  const resourceOf = async (ref: {
    apiVersion: string;
    kind: string;
    name?: string;
  }): Promise<Resource> => {
    const resource = await discovery.find(ref.apiVersion, ref.kind);
    if (resource !== null) return resource;
    throw new MeshFailure(
      'ApiUnavailable',
      `${identity.name}: the API server does not serve ${ref.kind} of ${ref.apiVersion} (yet)`,
      {
        cluster: identity.name,
        object: `${ref.kind} ${ref.name ?? ''}`.trim(),
        cure: 'it goes on when the CRD is established; look whether the CRD exists and has that version',
      },
    );
  };

  const about = (): Promise<ApiAnswer> => {
    const intent = { verb: 'get', target: 'version' };
    return connection.send({ method: 'GET', path: '/version', intent, repeatable: true }, signal());
  };

  const read = async (ref: ObjectRef): Promise<KubernetesObject | null> => {
    const resource = await discovery.find(ref.apiVersion, ref.kind);
    if (resource === null) return null;
    const path = pathOf(ref.apiVersion, resource, ref.namespace, ref.name);
    const intent = { verb: 'get', target: describeRef(ref) };
    const { code, body } = await connection.send(
      { method: 'GET', path, intent, repeatable: true, expect: [404] },
      signal(),
    );
    return code === 404 ? null : (body as unknown as KubernetesObject);
  };

  const post = async (
    object: KubernetesObject,
    dryRun: boolean,
  ): Promise<KubernetesObject | null> => {
    const resource = await resourceOf({ ...object, name: object.metadata.name });
    const parameters = new URLSearchParams({
      fieldManager: FIELD_MANAGER,
      ...(dryRun ? { dryRun: 'All' } : {}),
    });
    const { code, body } = await connection.send(
      {
        method: 'POST',
        permit: dryRun ? null : permit(),
        path: `${pathOf(object.apiVersion, resource, object.metadata.namespace)}?${parameters.toString()}`,
        intent: { verb: 'create', target: describeRef(refOf(object)) },
        body: object,
        // Names are fixed, so a second one finds the first.
        repeatable: true,
        expect: dryRun ? [] : [409],
      },
      signal(),
    );
    if (code !== 409) return body as unknown as KubernetesObject;
    if (statusOf(body).reason === 'AlreadyExists') return null;
    throw failureOfAnswer(
      connection.intentOf({ verb: 'create', target: describeRef(refOf(object)) }),
      code,
      statusOf(body),
    );
  };

  return {
    ...identity,
    version: async () => {
      const { body } = await about();
      return (body as { gitVersion?: string } | null)?.gitVersion ?? 'unknown';
    },
    clockAheadMs: async () => {
      const askedAt = Date.now();
      const { at } = await about();
      const nowMs = (askedAt + Date.now()) / 2;
      return at === null ? 0 : Math.round(at - nowMs);
    },
    serves: async (apiVersion, kind) => (await discovery.find(apiVersion, kind)) !== null,
    read,
    list: async (query) => {
      const resource = await discovery.find(query.apiVersion, query.kind);
      return resource === null
        ? []
        : (await listObjects(connection, resource, query, signal())).objects;
    },
    apply: async (object, { fieldManager = FIELD_MANAGER, dryRun = false, judge, fit } = {}) => {
      const resource = await resourceOf({ ...object, name: object.metadata.name });
      const path = pathOf(
        object.apiVersion,
        resource,
        object.metadata.namespace,
        object.metadata.name,
      );
      const options = { fieldManager, dryRun, judge, fit, permit: permit() };
      return applyObject(connection, path, object, options, signal());
    },
    create: async (object) => {
      const created = await post(object, false);
      if (created !== null) return { object: created, created: true };
      const existing = await read(refOf(object));
      if (existing !== null) return { object: existing, created: false };
      throw new MeshFailure(
        'ConcurrentChange',
        `${identity.name}: ${describeRef(refOf(object))} was deleted while it was created`,
        {
          cluster: identity.name,
          object: describeRef(refOf(object)),
          verb: 'create',
        },
      );
    },
    dryRunCreate: async (object) => (await post(object, true)) as KubernetesObject,
    remove: async (
      ref,
      { propagation = 'Background', uid, resourceVersion, evenIfCancelled = false } = {},
    ) => {
      const resource = await discovery.find(ref.apiVersion, ref.kind);
      if (resource === null) return false;
      const intent = { verb: 'delete', target: describeRef(ref) };
      const ending = evenIfCancelled ? undefined : signal();
      const send = (): Promise<ApiAnswer> =>
        connection.send(
          {
            method: 'DELETE',
            // What cleans up after an attempt takes away what that attempt alone has made.
            permit: evenIfCancelled ? null : permit(),
            path: pathOf(ref.apiVersion, resource, ref.namespace, ref.name),
            intent,
            body: {
              apiVersion: 'v1',
              kind: 'DeleteOptions',
              propagationPolicy: propagation,
              // What is undefined is left out of the JSON.
              preconditions: { uid, resourceVersion },
            },
            repeatable: true,
            expect: [404, 409],
          },
          ending,
        );
      const locked = resourceVersion !== undefined;
      const { code, body } = locked ? await send() : await againWhileModified(send, ending);
      if (code === 409) throw failureOfAnswer(connection.intentOf(intent), code, statusOf(body));
      return code !== 404;
    },
    lackingPermissions: (permissions) => askLackingPermissions(connection, permissions, signal()),
    exec: (pod, command, { timeoutMs = EXEC_LIMIT_MS } = {}) =>
      execInPod(connection, pod, command, timeoutMs, signal()),
    proveToken: async (token) => {
      const intent = { verb: 'list', target: 'Services with the given token' };
      const call = {
        method: 'GET' as const,
        path: '/api/v1/services?limit=1',
        intent,
        repeatable: true,
        token,
        expect: [401],
      };
      const { code } = await connection.send(call, signal());
      if (code !== 401) return;
      throw new MeshFailure(
        'Unauthorized',
        `${identity.name}: the API server does not accept the token`,
        { cluster: identity.name, verb: 'list' },
      );
    },
    watchUntil: (query, done) =>
      watchObjects(
        connection,
        () => discovery.find(query.apiVersion, query.kind),
        query,
        done,
        signal() ?? new AbortController().signal,
      ),
  };
}
