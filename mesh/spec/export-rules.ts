import type { DraftMesh, SpecRule } from './draft-mesh.ts';
import { nearestName } from './nearest-name.ts';
import type { SpecFault, SpecPath } from './spec-problem.ts';
import { formatSpecPath } from './spec-problem.ts';
import { quote } from './text-checks.ts';

/** Where Istio describes control planes that meet at gateways. */
const DOCUMENT = 'Istio, Deployment models: multiple meshes and mesh federation';

type DraftExport = {
  path: SpecPath;
  cluster?: string;
  namespace?: string;
  service?: string;
  to: unknown[];
  through?: string;
  address?: string;
  subsets: { [name: string]: unknown };
};

/** What replicated control planes and exports must agree on. */
export const EXPORT_RULES: readonly SpecRule[] = [
  {
    fact: 'every cluster of a replicated mesh has a control plane',
    faults: (mesh) =>
      mesh.clusters.flatMap((cluster) =>
        mesh.topology === 'replicated' && cluster.controlPlane?.kind === 'remote'
          ? [
              fault(
                [...cluster.path, 'controlPlane'],
                'a replicated mesh has no remotes: its control planes know their own cluster only',
                `write controlPlane: primary, or leave out topology (${DOCUMENT})`,
              ),
            ]
          : [],
      ),
  },
  {
    fact: 'a replicated mesh lists no gateways in meshNetworks',
    faults: (mesh) =>
      mesh.topology === 'replicated'
        ? mesh.listedNetworks.map((network) =>
            fault(
              ['spec', 'networks', network, 'gateways'],
              '"meshNetworks" has no use in a replicated mesh: no control plane knows endpoints of other networks',
              'leave it out',
            ),
          )
        : [],
  },
  {
    fact: 'services are exported by replicated control planes only',
    faults: (mesh) =>
      mesh.exports.length > 0 && mesh.topology !== 'replicated'
        ? [
            {
              path: ['spec', 'exports'],
              at: 'key',
              message:
                'only a replicated mesh has exports: in any other every service is known to all clusters',
              cure: `write topology: replicated, or leave out exports (${DOCUMENT})`,
            },
          ]
        : [],
  },
  {
    fact: 'exports name clusters of the file, and no cluster imports what is its own',
    faults: (mesh) => exportsOf(mesh).flatMap((entry) => clusterFaults(mesh, entry)),
  },
  { fact: 'every export has a host and an address of its own', faults: doubles },
  {
    fact: 'addresses of exports are of 240.0.0.0/4, outside of what istiod gives out',
    faults: (mesh) =>
      exportsOf(mesh).flatMap(({ path, address }) => {
        if (address === undefined) return [];
        const [first = 0, second = 0] = address.split('.').map(Number);
        if (!address.includes('.') || (first >= 240 && !(first === 240 && second === 240)))
          return [];
        return [
          fault(
            [...path, 'address'],
            `${quote(address)} is not an address of 240.0.0.0/4 outside of 240.240.0.0/16, which istiod gives out itself`,
            'write e.g. 240.0.0.2, or leave it out',
          ),
        ];
      }),
  },
  {
    fact: 'whoever calls through an egress gateway has one',
    faults: (mesh) =>
      exportsOf(mesh).flatMap(({ path, cluster, to, through }) => {
        if (through !== 'egressGateway') return [];
        const without = mesh.clusters.filter(
          ({ name, gateways }) =>
            name !== undefined &&
            name !== cluster &&
            (to.length === 0 || to.includes(name)) &&
            !gateways.includes('egress'),
        );
        if (without.length === 0) return [];
        const names = without.map(({ name }) => name).join(', ');
        return [
          fault(
            [...path, 'through'],
            `"egressGateway" needs an egress gateway in ${names}, from where the service is called`,
            `write gateways: [egress] for ${names}, or through: direct`,
          ),
        ];
      }),
  },
  {
    fact: 'every subset has labels',
    faults: (mesh) =>
      exportsOf(mesh).flatMap(({ path, subsets }) =>
        Object.entries(subsets)
          .filter(
            ([, labels]) => typeof labels === 'object' && Object.keys(labels ?? {}).length === 0,
          )
          .map(([name]) =>
            fault(
              [...path, 'subsets', name],
              `subset ${quote(name)} has no labels, so it is every pod`,
              'write the labels of its pods, e.g. {version: v1}',
            ),
          ),
      ),
  },
];

function clusterFaults(mesh: DraftMesh, { path, cluster, to }: DraftExport): SpecFault[] {
  const names = mesh.clusters.flatMap(({ name }) => name ?? []);
  const unknown = (at: SpecPath, name: string): SpecFault[] => {
    if (names.length === 0 || names.includes(name)) return [];
    const near = nearestName(name, names);
    return [
      fault(
        at,
        `there is no cluster ${quote(name)} in clusters`,
        near === null ? `name one of ${names.join(', ')}` : `did you mean ${quote(near)}?`,
      ),
    ];
  };
  return [
    ...(cluster === undefined ? [] : unknown([...path, 'cluster'], cluster)),
    ...to.flatMap((name, index) => {
      if (typeof name !== 'string') return [];
      const at = [...path, 'to', index];
      if (name === cluster)
        return [fault(at, `${quote(name)} owns the service itself`, 'name clusters that call it')];
      if (to.indexOf(name) < index)
        return [fault(at, `${quote(name)} is there twice`, 'keep one of the two')];
      return unknown(at, name);
    }),
  ];
}

function doubles(mesh: DraftMesh): SpecFault[] {
  const hosts = new Map<string, SpecPath>();
  const addresses = new Map<string, SpecPath>();
  const again = (
    seen: Map<string, SpecPath>,
    key: string,
    path: SpecPath,
    at: SpecPath,
    what: string,
    cure: string,
  ): SpecFault[] => {
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, path);
      return [];
    }
    return [fault(at, `${what} is that of ${formatSpecPath(first)} too`, cure)];
  };
  return exportsOf(mesh).flatMap(({ path, service, namespace, address }) => [
    ...(service === undefined || namespace === undefined
      ? []
      : again(
          hosts,
          `${service}.${namespace}`,
          path,
          [...path, 'service'],
          `the name ${service}.${namespace}.global`,
          'export a service of one cluster only under one name',
        )),
    ...(address === undefined
      ? []
      : again(
          addresses,
          address,
          path,
          [...path, 'address'],
          `the address ${address}`,
          'give every export an address of its own',
        )),
  ]);
}

function exportsOf(mesh: DraftMesh): DraftExport[] {
  return mesh.exports.map((value, index): DraftExport => {
    const entry = (typeof value === 'object' && value !== null ? value : {}) as {
      [key: string]: unknown;
    };
    const text = (key: string): { [k: string]: string } =>
      typeof entry[key] === 'string' ? { [key]: entry[key] } : {};
    const subsets = entry['subsets'];
    return {
      path: ['spec', 'exports', index],
      ...text('cluster'),
      ...text('namespace'),
      ...text('service'),
      ...text('through'),
      ...text('address'),
      to: Array.isArray(entry['to']) ? entry['to'] : [],
      subsets:
        typeof subsets === 'object' && subsets !== null
          ? (subsets as { [name: string]: unknown })
          : {},
    };
  });
}

function fault(path: SpecPath, message: string, cure: string): SpecFault {
  return { path, at: 'value', message, cure };
}
