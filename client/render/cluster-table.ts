import { withControlPlane } from '../../contract/control-plane-status.ts';
import type {
  ClusterStatus,
  ControlPlaneStatus,
  MeshProgress,
  StepProgress,
  StepState,
} from '../../contract/mesh-status.ts';
import { painted, sign } from './look.ts';
import type { Line, Look, Span } from './look.ts';
import { isThrough, lanesOf, stepCount } from './step-text.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { sinceText } from './time.ts';

const MARKS: { readonly [S in ControlPlaneStatus['state']]: StepState } = {
  Available: 'done',
  Reconciling: 'running',
  Blocked: 'blocked',
  Failed: 'failed',
  Removing: 'running',
  Removed: 'done',
  LeftBehind: 'skipped',
};

/** Step that waits for the address of an ingress gateway; all others of its kind wait for that of an east-west gateway. */
const INGRESS_ADDRESS = '/await-ingress-gateway-address';

/** One line a cluster: whose control plane serves it and how that stands since when, its gateways' addresses, how many steps are through. */
export function clusterTable(progress: MeshProgress, look: Look): Line[] {
  const { steps, clusters } = progress;
  const edge = steps.some(isIngressAddress);
  const rows = lanesOf(progress).map((lane) => {
    const cluster = clusters.find(({ name }) => name === lane.name);
    const cells =
      cluster === undefined
        ? ['', '', '', '', ...(edge ? [''] : []), '']
        : clusterCells(cluster, lane.steps, progress, edge, look);
    return [lane.name, ...cells, laneCell(lane.steps, look)];
  });
  const heads = ['CLUSTER', 'NETWORK', 'ROLE', 'CONTROL PLANE', 'GATEWAY'];
  return table([...heads, ...(edge ? ['INGRESS'] : []), 'AGE', 'STEPS'], rows, look);
}

function clusterCells(
  cluster: ClusterStatus,
  own: readonly StepProgress[],
  { steps, operation }: MeshProgress,
  edge: boolean,
  look: Look,
): Cell[] {
  const { network, role, gatewayAddresses, ingressAddresses, controlPlane } = withControlPlane(
    cluster,
    steps,
    operation,
  );
  const { state, since } = controlPlane;
  const mark = sign(MARKS[state], look);
  const waits = own.filter(
    (step) => step.kind === 'awaitGatewayAddress' && step.state !== 'skipped',
  );
  return [
    network,
    role,
    painted(`${mark.text} ${state}`, mark.paint),
    addresses(
      gatewayAddresses,
      waits.filter((step) => !isIngressAddress(step)),
    ),
    ...(edge ? [addresses(ingressAddresses, waits.filter(isIngressAddress))] : []),
    sinceText(since, look),
  ];
}

function isIngressAddress({ id }: StepProgress): boolean {
  return id.endsWith(INGRESS_ADDRESS);
}

function addresses(known: readonly string[], waits: readonly StepProgress[]): string {
  const awaited = waits.some((step) => !isThrough(step));
  return known.length === 0 && awaited ? '<pending>' : known.join(',');
}

/** The step of a lane that matters most speaks for the lane. */
function laneCell(steps: readonly StepProgress[], look: Look): Span {
  const states = ['blocked', 'failed', 'retrying', 'waiting', 'running'] as const;
  const loudest = states.find((state) => steps.some((step) => step.state === state));
  const state = loudest ?? (steps.every(isThrough) ? 'done' : 'pending');
  const mark = sign(state, look);
  return painted(`${mark.text} ${stepCount(steps).replace(' steps', '')} ${state}`, mark.paint);
}
