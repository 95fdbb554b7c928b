import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { istioctlRenderer } from '../../activities/adapters/istioctl.ts';
import { renderedManifests } from '../../activities/adapters/rendered-manifests.ts';
import type { ManifestRenderer } from '../../activities/ports/manifest-renderer.ts';
import type { StepActivities } from '../../contract/step-activities.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { ControlPlaneInput } from '../../mesh/plan/step-inputs.ts';
import { aMeshSpec } from './a-mesh-spec.ts';

/** Istio that the sandbox's toolchain builds. */
const VERSION = '1.31.0-dev.20260827';
/** The primary of the install; its context is the administrator's. */
const PRIMARY = { name: 'cluster1', context: 'admin' };
const NAMESPACE = 'istio-system';
const MESH = 'prod';

/** What every step of the install is given. */
export const PRIMARY_INPUT: ControlPlaneInput = {
  cluster: PRIMARY,
  mesh: MESH,
  meshId: 'mesh1',
  trustDomain: 'cluster.local',
  istio: {
    ...aMeshSpec().istio,
    version: VERSION,
    resources: [
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'Sidecar',
        metadata: { name: 'default' },
        spec: { egress: [{ hosts: ['*/*'] }] },
      },
    ],
  },
  network: 'network1',
  remotes: ['cluster2'],
  meshNetworks: [{ name: 'network1', clusters: [PRIMARY] }],
};

const ofCluster = { cluster: PRIMARY, mesh: MESH, namespace: NAMESPACE };
const gateway = { ...PRIMARY_INPUT, namespace: NAMESPACE, revision: null };

/** Steps that begin as soon as those of the wave before are done: everything that a primary's steps write. */
const WAVES: ((steps: StepActivities) => Promise<StepOutcome>)[][] = [
  [
    (steps) =>
      steps.prepareNamespace({ ...ofCluster, network: 'network1', controlPlaneClusters: [] }),
  ],
  [
    (steps) =>
      steps.createCaSecret({
        ...ofCluster,
        trust: { source: 'generated', home: null },
        home: null,
        rootFingerprint: null,
      }),
  ],
  [
    (steps) => steps.applyBase({ ...PRIMARY_INPUT, role: 'primary' }),
    (steps) => steps.applyControlPlane(PRIMARY_INPUT),
    (steps) => steps.applyDefinitions({ ...PRIMARY_INPUT, role: 'primary' }),
    (steps) => steps.applyGateway({ ...gateway, part: 'service' }),
    (steps) => steps.applyGateway({ ...gateway, part: 'service', role: 'ingress' }),
  ],
  [
    (steps) => steps.exposeControlPlane({ ...ofCluster, revision: null }),
    (steps) => steps.exposeServices(ofCluster),
    (steps) => steps.applyResources({ ...ofCluster, resources: PRIMARY_INPUT.istio.resources }),
    (steps) => steps.applyGateway({ ...gateway, part: 'workload' }),
    (steps) => steps.applyGateway({ ...gateway, part: 'workload', role: 'ingress' }),
  ],
];

/** Everything that a primary's steps write, in the order of a plan that loses no time; answers how many objects changed. */
export async function installPrimary(steps: StepActivities): Promise<number> {
  return installPrimaryBy((step) => step(steps));
}

/** The same with each step run by `run`, e.g. again and again until it is through as the workflow does. */
export async function installPrimaryBy(
  run: (step: (steps: StepActivities) => Promise<StepOutcome>) => Promise<StepOutcome>,
): Promise<number> {
  let changed = 0;
  for (const wave of WAVES)
    for (const outcome of await Promise.all(wave.map(run))) changed += outcome.changed;
  return changed;
}

/** Renders with an istioctl, as a worker does; what was rendered is kept in a directory of its own. */
export function rendererOf(istioctl: string): ManifestRenderer {
  const dir = mkdtempSync(join(tmpdir(), 'meshwright-steps-'));
  const config = { paths: [istioctl], versionsDir: dir, searchDirs: [] };
  return istioctlRenderer(config, renderedManifests(join(dir, 'rendered')), () => undefined);
}
