import type { SpecRule } from './draft-mesh.ts';
import { nearestName } from './nearest-name.ts';
import { formatSpecPath } from './spec-problem.ts';
import type { SpecFault, SpecPath } from './spec-problem.ts';
import { quote } from './text-checks.ts';

/** Istio's namespaced configuration, kinds by group; every other kind is cluster-wide or no configuration. */
const KINDS: { [group: string]: readonly string[] } = {
  'extensions.istio.io': ['WasmPlugin', 'TrafficExtension'],
  'networking.istio.io': [
    'DestinationRule',
    'EnvoyFilter',
    'Gateway',
    'ProxyConfig',
    'ServiceEntry',
    'Sidecar',
    'VirtualService',
    'WorkloadEntry',
    'WorkloadGroup',
  ],
  'security.istio.io': ['AuthorizationPolicy', 'PeerAuthentication', 'RequestAuthentication'],
  'telemetry.istio.io': ['Telemetry'],
};

/** Objects that meshwright makes itself, as `Kind/name`; with a revision the VirtualService is `istiod-vs-<revision>`. */
const OWN_OBJECTS =
  /^(?:Gateway\/(?:cross-network-gateway|istiod-gateway)|VirtualService\/istiod-vs(?:-.+)?)$/;

/** What `istio.resources` may hold. */
export const RESOURCE_RULES: readonly SpecRule[] = [
  {
    fact: 'resources are namespaced Istio configuration',
    faults: (mesh) =>
      mesh.istio.resources.flatMap((resource, index) => kindFaults(resource, pathOf(index))),
  },
  {
    fact: 'resources are in the system namespace',
    faults: (mesh) =>
      mesh.istio.resources.flatMap((resource, index) => {
        const { namespace } = namesOf(resource);
        if (namespace === undefined || namespace === mesh.istio.namespace) return [];
        return [
          {
            path: [...pathOf(index), 'metadata', 'namespace'],
            at: 'value' as const,
            message: `${quote(namespace)} is not the system namespace`,
            cure: `remove it, or write ${mesh.istio.namespace}: objects of other namespaces belong to their applications`,
          },
        ];
      }),
  },
  {
    fact: 'every resource has a valid name, is there once, and is none that meshwright makes',
    faults: (mesh) => {
      const seen = new Map<string, number>();
      return mesh.istio.resources.flatMap((resource, index) => nameFaults(resource, index, seen));
    },
  },
];

function kindFaults(resource: unknown, path: SpecPath): SpecFault[] {
  const { apiVersion, kind } = namesOf(resource);
  if (apiVersion === undefined) return [];
  const match = /^([a-z0-9.-]+)\/v\d+(?:(?:alpha|beta)\d+)?$/.exec(apiVersion);
  const kinds = match?.[1] === undefined ? undefined : KINDS[match[1]];
  if (kinds === undefined) {
    return [
      {
        path: [...path, 'apiVersion'],
        at: 'value',
        message: `${quote(apiVersion)} is not a group and version of Istio's configuration`,
        cure: `use one of ${Object.keys(KINDS)
          .map((group) => `${group}/v1`)
          .join(', ')}; apply other objects by your own means`,
      },
    ];
  }
  if (kind === undefined || kinds.includes(kind)) return [];
  const near = nearestName(kind, kinds);
  return [
    {
      path: [...path, 'kind'],
      at: 'value',
      message: `${quote(kind)} is not a namespaced kind of ${match?.[1] ?? ''}`,
      cure: near === null ? `use one of ${kinds.join(', ')}` : `did you mean ${quote(near)}?`,
    },
  ];
}

function nameFaults(resource: unknown, index: number, seen: Map<string, number>): SpecFault[] {
  const { apiVersion, kind, name } = namesOf(resource);
  if (name === undefined) return [];
  const at = { path: [...pathOf(index), 'metadata', 'name'], at: 'value' as const };
  if (name.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
    return [
      {
        ...at,
        message: `${quote(name)} is not the name of an object`,
        cure: 'use lower-case letters, digits, "-" and "."',
      },
    ];
  }
  if (apiVersion === undefined || kind === undefined) return [];
  if (OWN_OBJECTS.test(`${kind}/${name}`)) {
    return [
      {
        ...at,
        message: `${kind} ${name} is made by meshwright`,
        cure: 'give the object another name',
      },
    ];
  }
  const id = `${apiVersion.split('/')[0] ?? ''}/${kind}/${name}`;
  const first = seen.get(id);
  if (first === undefined) {
    seen.set(id, index);
    return [];
  }
  return [
    {
      ...at,
      message: `${kind} ${name} is ${formatSpecPath(pathOf(first))} already`,
      cure: 'keep one of the two',
    },
  ];
}

function pathOf(index: number): SpecPath {
  return ['spec', 'istio', 'resources', index];
}

function namesOf(resource: unknown): {
  apiVersion?: string;
  kind?: string;
  name?: string;
  namespace?: string;
} {
  const { apiVersion, kind, metadata } = (resource ?? {}) as { [key: string]: unknown };
  const { name, namespace } = (metadata ?? {}) as { [key: string]: unknown };
  return {
    ...(typeof apiVersion === 'string' ? { apiVersion } : {}),
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof namespace === 'string' ? { namespace } : {}),
  };
}
