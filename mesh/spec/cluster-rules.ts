import type { DraftCluster, SpecRule } from './draft-mesh.ts';
import { nearestName } from './nearest-name.ts';
import { formatSpecPath } from './spec-problem.ts';
import type { SpecFault } from './spec-problem.ts';
import { quote } from './text-checks.ts';

/** What clusters and networks must agree on among each other. */
export const CLUSTER_RULES: readonly SpecRule[] = [
  {
    fact: 'every cluster has a name of its own',
    faults: (mesh) =>
      repeated(mesh.clusters, (cluster) => cluster.name).map(({ value, first, again }) => ({
        path: [...again.path, 'name'],
        at: 'value',
        message: `${quote(value)} is the name of ${formatSpecPath(first.path)} too`,
        cure: 'give every cluster a name of its own',
      })),
  },
  {
    fact: 'no cluster is named as the steps of the whole mesh are',
    faults: (mesh) =>
      mesh.clusters
        .filter((cluster) => cluster.name === 'mesh')
        .map((cluster) => ({
          path: [...cluster.path, 'name'],
          at: 'value',
          message: '"mesh" is reserved: mesh/… are the steps of the whole mesh',
          cure: 'give the cluster another name',
        })),
  },
  {
    fact: 'every cluster is reached by a context of its own',
    faults: (mesh) =>
      repeated(mesh.clusters, (cluster) => cluster.context ?? cluster.name)
        .filter(({ first, again }) => first.name !== again.name)
        .map(({ value, first, again }) => ({
          path: [...again.path, again.context === undefined ? 'name' : 'context'],
          at: 'value',
          message: `context ${quote(value)} is that of ${formatSpecPath(first.path)} too`,
          cure: 'name the context of this cluster: two members of a mesh are two clusters',
        })),
  },
  {
    fact: 'every cluster has an API server of its own',
    faults: (mesh) =>
      repeated(mesh.clusters, (cluster) => sameServer(cluster.apiServer)).map(
        ({ first, again }) => ({
          path: [...again.path, 'apiServer'],
          at: 'value',
          message: `${quote(again.apiServer ?? '')} is the API server of ${formatSpecPath(first.path)} too`,
          cure: 'write the address of this cluster’s API server',
        }),
      ),
  },
  {
    fact: 'a cluster has one gateway of each role',
    faults: (mesh) =>
      mesh.clusters.flatMap(({ path, gateways }) =>
        gateways.flatMap((role, index) => {
          const first = gateways.indexOf(role);
          if (first === index) return [];
          return [
            {
              path: [...path, 'gateways', index],
              at: 'value' as const,
              message: `${quote(String(role))} is listed before`,
              cure: 'name it once',
            },
          ];
        }),
      ),
  },
  {
    fact: 'every cluster is on a network of the file',
    faults: (mesh) =>
      mesh.clusters.flatMap((cluster) => {
        const { network } = cluster;
        if (mesh.networks === null || network === undefined || mesh.networks.includes(network))
          return [];
        const near = nearestName(network, mesh.networks);
        return [
          {
            path: [...cluster.path, 'network'],
            at: 'value' as const,
            message: `there is no network ${quote(network)} in networks`,
            cure:
              near === null ? `add it to networks: ${network}: {}` : `did you mean ${quote(near)}?`,
          },
        ];
      }),
  },
  {
    fact: 'every network has a cluster',
    faults: (mesh) => {
      const used = new Set(mesh.clusters.map((cluster) => cluster.network));
      // A cluster whose network cannot be read may be the one that uses it.
      if (mesh.networks === null || used.has(undefined) || mesh.clusters.length === 0) return [];
      return mesh.networks
        .filter((network) => !used.has(network))
        .map((network): SpecFault => ({
          path: ['spec', 'networks', network],
          at: 'key',
          message: 'no cluster is on this network',
          cure: 'remove it, or name it as the network of a cluster',
        }));
    },
  },
  {
    fact: 'the home of the root’s key is a cluster of the file, and there is a key to keep',
    faults: (mesh) => {
      const { home, source } = mesh.trust;
      if (home === undefined) return [];
      const at = { path: ['spec', 'trust', 'home'], at: 'value' as const };
      if (source === 'existing') {
        return [
          {
            ...at,
            at: 'key',
            message: 'with trust.source existing meshwright keeps no key',
            cure: 'remove home',
          },
        ];
      }
      const names = mesh.clusters.flatMap((cluster) => cluster.name ?? []);
      if (names.length === 0 || names.includes(home)) return [];
      const near = nearestName(home, names);
      return [
        {
          ...at,
          message: `there is no cluster ${quote(home)} in clusters`,
          cure: near === null ? `name one of ${names.join(', ')}` : `did you mean ${quote(near)}?`,
        },
      ];
    },
  },
];

/** Clusters whose value an earlier one has already. */
function repeated(
  clusters: readonly DraftCluster[],
  valueOf: (cluster: DraftCluster) => string | undefined,
): { value: string; first: DraftCluster; again: DraftCluster }[] {
  const seen = new Map<string, DraftCluster>();
  return clusters.flatMap((cluster) => {
    const value = valueOf(cluster);
    if (value === undefined) return [];
    const first = seen.get(value);
    if (first !== undefined) return [{ value, first, again: cluster }];
    seen.set(value, cluster);
    return [];
  });
}

function sameServer(server: string | undefined): string | undefined {
  return server?.toLowerCase().replace(/\/$/, '').replace(/:443$/, '');
}
