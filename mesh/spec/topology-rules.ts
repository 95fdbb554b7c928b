import { discoveryServiceName } from '../istio/discovery-service.ts';
import { discoveryName } from '../istio/istio-names.ts';
import type { DraftCluster, DraftMesh, SpecRule } from './draft-mesh.ts';
import { nearestName } from './nearest-name.ts';
import { formatSpecPath } from './spec-problem.ts';
import type { SpecFault } from './spec-problem.ts';
import { checkRevision, quote, SERVICE_NAME_LIMIT } from './text-checks.ts';

/** Shapes that no mesh can have, whatever Istio release. */
export const TOPOLOGY_RULES: readonly SpecRule[] = [
  {
    fact: 'a mesh has a primary',
    faults: (mesh) => {
      const known = mesh.clusters.every((cluster) => cluster.controlPlane !== undefined);
      if (mesh.clusters.length === 0 || !known || primariesOf(mesh).length > 0) return [];
      return [
        {
          path: ['spec', 'clusters'],
          at: 'key',
          message: 'no cluster runs a control plane',
          cure: 'write controlPlane: primary for one of them',
        },
      ];
    },
  },
  {
    fact: 'a remote names a cluster of the file',
    faults: (mesh) => {
      const names = mesh.clusters.flatMap((cluster) => cluster.name ?? []);
      return remotesOf(mesh).flatMap(({ cluster, primary }) => {
        if (names.includes(primary)) return [];
        const near = nearestName(primary, names);
        return [
          remoteFault(
            cluster,
            `there is no cluster ${quote(primary)} in clusters`,
            near === null ? 'name a primary of this file' : `did you mean ${quote(near)}?`,
          ),
        ];
      });
    },
  },
  {
    fact: 'a remote is attached to a primary, not to itself or to another remote',
    faults: (mesh) => {
      const byName = new Map(mesh.clusters.map((cluster) => [cluster.name, cluster]));
      const primaries = primariesOf(mesh).flatMap((cluster) => cluster.name ?? []);
      const cure =
        primaries.length === 0 ? 'name a primary' : `name a primary: ${primaries.join(' or ')}`;
      return remotesOf(mesh).flatMap(({ cluster, primary }) => {
        if (cluster.name === primary)
          return [remoteFault(cluster, 'a cluster cannot be the remote of itself', cure)];
        const target = byName.get(primary)?.controlPlane;
        if (target?.kind !== 'remote') return [];
        return [
          remoteFault(
            cluster,
            `${quote(primary)} is a remote itself, of ${quote(target.primary)}, and has no control plane to attach to (Istio, Deployment models: control plane models)`,
            cure,
          ),
        ];
      });
    },
  },
  {
    fact: 'istiod’s pods are reached on their own network only',
    faults: (mesh) => {
      const byName = new Map(mesh.clusters.map((cluster) => [cluster.name, cluster]));
      return mesh.clusters.flatMap((cluster) => {
        const { controlPlane, network } = cluster;
        if (controlPlane?.kind !== 'remote' || controlPlane.discovery !== 'podIP') return [];
        const other = byName.get(controlPlane.primary)?.network;
        if (network === undefined || other === undefined || network === other) return [];
        return [
          {
            path: [...cluster.path, 'controlPlane', 'discovery'],
            at: 'value' as const,
            message: `"podIP" needs one network, and ${quote(controlPlane.primary)} is on ${quote(other)}, not on ${quote(network)}: its pods cannot be reached from here`,
            cure: 'use discovery: gateway or loadBalancer (Istio\'s guide "Install Primary-Remote on different networks")',
          },
        ];
      });
    },
  },
  {
    fact: 'the revision leaves room for the Services that remotes ask for',
    faults: (mesh) => {
      const { revision } = mesh.istio;
      if (revision === undefined || checkRevision(revision) !== null) return [];
      const longest = servicesOfRemotes(mesh, revision).sort(
        (one, other) => other.name.length - one.name.length,
      )[0];
      const excess = (longest?.name.length ?? 0) - SERVICE_NAME_LIMIT;
      if (longest === undefined || excess <= 0) return [];
      return [
        {
          path: ['spec', 'istio', 'revision'],
          at: 'value',
          message: `the revision has ${revision.length} characters, and ${longest.why} needs a Service ${longest.name.replace(revision, '<revision>')}`,
          cure: `use ${revision.length - excess} at most`,
        },
      ];
    },
  },
  {
    fact: 'stub Services stand in for what the control planes know of other clusters',
    faults: (mesh) =>
      mesh.topology === 'replicated' && mesh.nameResolution === 'stubServices'
        ? [
            {
              path: ['spec', 'nameResolution'],
              at: 'value',
              message:
                '"stubServices" leads nowhere in a replicated mesh: no control plane knows the endpoints of other clusters',
              cure: 'leave it out; what exports lists is called by its .global name',
            },
          ]
        : [],
  },
];

function primariesOf(mesh: DraftMesh): DraftCluster[] {
  return mesh.clusters.filter((cluster) => cluster.controlPlane?.kind === 'primary');
}

function remotesOf(mesh: DraftMesh): { cluster: DraftCluster; primary: string }[] {
  return mesh.clusters.flatMap((cluster) =>
    cluster.controlPlane?.kind === 'remote'
      ? [{ cluster, primary: cluster.controlPlane.primary }]
      : [],
  );
}

/** Services that are named after the revision, and the field that asks for each. */
function servicesOfRemotes(mesh: DraftMesh, revision: string): { name: string; why: string }[] {
  return mesh.clusters.flatMap(({ path, controlPlane }) => {
    if (controlPlane?.kind !== 'remote') return [];
    const asked = (field: string, value: string): string =>
      `${field}: ${value} of ${formatSpecPath(path)}`;
    return [
      ...(controlPlane.discovery === 'loadBalancer'
        ? [
            {
              name: discoveryServiceName(revision),
              why: asked('discovery', 'loadBalancer'),
            },
          ]
        : []),
      ...(controlPlane.injector === 'local'
        ? [{ name: discoveryName(revision, 'local'), why: asked('injector', 'local') }]
        : []),
    ];
  });
}

function remoteFault(cluster: DraftCluster, message: string, cure: string): SpecFault {
  return { path: [...cluster.path, 'controlPlane', 'remote'], at: 'value', message, cure };
}
