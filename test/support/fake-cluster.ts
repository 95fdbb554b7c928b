import { MeshFailure } from '../../mesh/failure.ts';
import {
  describeRef,
  type KubernetesObject,
  type ObjectRef,
  refOf,
} from '../../mesh/kubernetes-object.ts';
import type { Cluster, Clusters, ExecResult, Permission } from '../../activities/ports/cluster.ts';
import {
  applyFields,
  contentOf,
  fieldSetOf,
  fieldsOf,
  type Stored,
  updateFields,
} from './fake-server-side-apply.ts';

/** One write that reached the cluster and changed it. */
export type FakeWrite = {
  verb: 'apply' | 'create' | 'update' | 'remove';
  ref: string;
  manager: string;
};

/** A cluster in memory for unit tests of the steps: server-side apply with managers and versions, watches, hooks. */
export type FakeCluster = Cluster & {
  /** Writes that changed something, in order. */
  writes: FakeWrite[];
  /** Every object, for searches. */
  all(): KubernetesObject[];
  /** Writes as a controller does, e.g. istiod; creates what is missing. */
  update(
    manager: string,
    ref: ObjectRef,
    change: (object: KubernetesObject) => KubernetesObject,
  ): KubernetesObject;
  /** Called before every request; throws what the request shall fail with. */
  onRequest: (verb: string, ref: string) => void | Promise<void>;
  /** Answers dry runs. @default the object as it is */
  onDryRun: (object: KubernetesObject) => KubernetesObject;
  /** Answers execs. @default exit code 127 */
  onExec: (
    pod: { namespace: string; name: string; container: string },
    command: string[],
  ) => ExecResult;
  /** Tokens that work. */
  tokens: Set<string>;
  /** Permissions the worker lacks, as `verb resource`; `* *` is everything. */
  lacking: Set<string>;
};

type Query = Parameters<Cluster['watchUntil']>[0];

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.replace(/\/.*$/, '') : '';
}

function keyOf(ref: ObjectRef): string {
  return `${groupOf(ref.apiVersion)}|${ref.kind}|${ref.namespace ?? ''}|${ref.name}`;
}

function matchesLabels(object: KubernetesObject, selector: string | undefined): boolean {
  return (selector ?? '').split(',').every((part) => {
    const [key = '', value] = part.split('=');
    const label = object.metadata.labels?.[key];
    return key === '' || (value === undefined ? label !== undefined : label === value);
  });
}

function matchesFields(object: KubernetesObject, selector: string | undefined): boolean {
  return (selector ?? '').split(',').every((part) => {
    const [path = '', value] = part.split('=');
    if (path === '') return true;
    const found = path
      .split('.')
      .reduce<unknown>(
        (node, key) => (node as { [key: string]: unknown } | undefined)?.[key],
        object,
      );
    return found === value;
  });
}

/** Makes an empty cluster. */
export function fakeCluster(name: string): FakeCluster {
  const store = new Map<string, { stored: Stored; object: KubernetesObject }>();
  const watchers = new Set<() => void>();
  let version = 0;

  const keep = (
    ref: ObjectRef,
    stored: Stored,
    before: KubernetesObject | null,
    apiVersion: string,
  ): KubernetesObject => {
    const content = contentOf(stored.fields);
    const { metadata = {}, ...rest } = content as { metadata?: object };
    const managedFields = [...stored.owners]
      .filter(([, paths]) => paths.size > 0)
      .map(([manager, paths]) => ({
        manager,
        operation: 'Apply',
        apiVersion,
        fieldsV1: fieldSetOf(paths),
      }));
    const identity = {
      name: ref.name,
      ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
      uid: before?.metadata.uid ?? `uid-${version + 1}`,
      creationTimestamp: before?.metadata.creationTimestamp ?? new Date().toISOString(),
      resourceVersion: String(++version),
      managedFields,
    };
    const object: KubernetesObject = {
      apiVersion,
      kind: ref.kind,
      ...rest,
      metadata: { ...metadata, ...identity },
    };
    store.set(keyOf(ref), { stored, object });
    for (const watcher of watchers) watcher();
    return structuredClone(object);
  };

  const find = (query: Query): KubernetesObject[] =>
    [...store.values()]
      .map((entry) => entry.object)
      .filter(
        (object) =>
          groupOf(object.apiVersion) === groupOf(query.apiVersion) &&
          object.kind === query.kind &&
          (query.namespace === undefined || object.metadata.namespace === query.namespace) &&
          matchesLabels(object, query.labelSelector) &&
          matchesFields(object, query.fieldSelector),
      )
      .map((object) => structuredClone(object));

  const fake: FakeCluster = {
    name,
    server: `https://${name}.example.com:6443`,
    caData: 'CA',
    writes: [],
    tokens: new Set(),
    lacking: new Set(),
    onRequest: () => undefined,
    onDryRun: (object) => object,
    onExec: () => ({ stdout: '', stderr: 'no such command', exitCode: 127 }),
    all: () => [...store.values()].map((entry) => structuredClone(entry.object)),
    update(manager, ref, change) {
      const entry = store.get(keyOf(ref));
      const blank: KubernetesObject = {
        apiVersion: ref.apiVersion,
        kind: ref.kind,
        metadata: {
          name: ref.name,
          ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
        },
      };
      const after = fieldsOf(change(structuredClone(entry?.object ?? blank)));
      fake.writes.push({ verb: 'update', ref: describeRef(ref), manager });
      return keep(
        ref,
        updateFields(entry?.stored ?? { fields: new Map(), owners: new Map() }, after, manager),
        entry?.object ?? null,
        ref.apiVersion,
      );
    },
    version: () => Promise.resolve('v1.36.3'),
    clockAheadMs: () => Promise.resolve(0),
    serves: () => Promise.resolve(true),
    async read(ref) {
      await fake.onRequest('get', describeRef(ref));
      return structuredClone(store.get(keyOf(ref))?.object ?? null);
    },
    async list(query) {
      await fake.onRequest('list', query.kind);
      return find(query);
    },
    async apply(object, { fieldManager = 'meshwright', dryRun = false, judge, fit } = {}) {
      const ref = refOf(object);
      await fake.onRequest('patch', describeRef(ref));
      const entry = store.get(keyOf(ref));
      if (entry !== undefined) judge?.(structuredClone(entry.object));
      const lock = object.metadata.resourceVersion;
      if (lock !== undefined && lock !== entry?.object.metadata.resourceVersion) {
        throw new MeshFailure('ConcurrentChange', `${describeRef(ref)} has been modified`, {
          cluster: name,
          object: describeRef(ref),
        });
      }
      const wanted = fieldsOf(fit?.(object, structuredClone(entry?.object ?? null)) ?? object);
      let { conflicts, stored } = applyFields(entry?.stored ?? null, wanted, fieldManager, false);
      if (conflicts.length > 0 && conflicts.every((manager) => manager.startsWith('meshwright'))) {
        ({ stored } = applyFields(entry?.stored ?? null, wanted, fieldManager, true));
        conflicts = [];
      }
      if (conflicts.length > 0) {
        throw new MeshFailure(
          'FieldConflict',
          `${describeRef(ref)} belongs to ${conflicts.join(', ')}`,
          { cluster: name, object: describeRef(ref) },
        );
      }
      const before = entry === undefined ? null : structuredClone(entry.object);
      const same = entry !== undefined && fingerprint(entry.stored) === fingerprint(stored);
      if (same || dryRun)
        return { before, object: structuredClone(before ?? object), changed: !same };
      fake.writes.push({ verb: 'apply', ref: describeRef(ref), manager: fieldManager });
      return { before, object: keep(ref, stored, before, object.apiVersion), changed: true };
    },
    async create(object) {
      const ref = refOf(object);
      await fake.onRequest('create', describeRef(ref));
      const entry = store.get(keyOf(ref));
      if (entry !== undefined) return { object: structuredClone(entry.object), created: false };
      fake.writes.push({ verb: 'create', ref: describeRef(ref), manager: 'meshwright' });
      const fields = fieldsOf(object);
      const stored = { fields, owners: new Map([['meshwright', new Set(fields.keys())]]) };
      return { object: keep(ref, stored, null, object.apiVersion), created: true };
    },
    async dryRunCreate(object) {
      await fake.onRequest('create', `dry run of ${describeRef(refOf(object))}`);
      return fake.onDryRun(structuredClone(object));
    },
    async remove(ref, { uid, resourceVersion } = {}) {
      await fake.onRequest('delete', describeRef(ref));
      const entry = store.get(keyOf(ref));
      if (entry === undefined || (uid !== undefined && entry.object.metadata.uid !== uid))
        return false;
      if (
        resourceVersion !== undefined &&
        entry.object.metadata.resourceVersion !== resourceVersion
      ) {
        throw new MeshFailure('ConcurrentChange', `${describeRef(ref)} has been modified`);
      }
      store.delete(keyOf(ref));
      fake.writes.push({ verb: 'remove', ref: describeRef(ref), manager: 'meshwright' });
      for (const watcher of watchers) watcher();
      return true;
    },
    lackingPermissions(permissions: Permission[]) {
      return Promise.resolve(
        permissions.filter(({ verb, resource }) => fake.lacking.has(`${verb} ${resource}`)),
      );
    },
    async exec(pod, command) {
      await fake.onRequest('exec', `Pod ${pod.namespace}/${pod.name}`);
      return fake.onExec(pod, command);
    },
    proveToken(token) {
      if (fake.tokens.has(token)) return Promise.resolve();
      return Promise.reject(
        new MeshFailure('Unauthorized', `${name}: the API server does not accept the token`, {
          cluster: name,
        }),
      );
    },
    async watchUntil<T>(
      query: Query,
      done: (objects: KubernetesObject[]) => T | undefined,
    ): Promise<T> {
      await fake.onRequest('watch', query.kind);
      return new Promise<T>((resolve, reject) => {
        const look = (): void => {
          try {
            const answer = done(find(query));
            if (answer === undefined) return;
            watchers.delete(look);
            resolve(answer);
          } catch (error) {
            watchers.delete(look);
            reject(error as Error);
          }
        };
        watchers.add(look);
        look();
      });
    },
  };
  return fake;
}

function fingerprint({ fields, owners }: Stored): string {
  const owned = [...owners]
    .filter(([, paths]) => paths.size > 0)
    .map(([manager, paths]): [string, string[]] => [manager, [...paths].sort()]);
  return JSON.stringify([[...fields].sort(), owned.sort()]);
}

/** Opens fake clusters by name. */
export function fakeClusters(...clusters: FakeCluster[]): Clusters {
  return {
    open: ({ name }) => {
      const cluster = clusters.find((candidate) => candidate.name === name);
      if (cluster !== undefined) return Promise.resolve(cluster);
      return Promise.reject(
        new MeshFailure('UnknownCluster', `the worker knows no cluster ${name}`),
      );
    },
  };
}
