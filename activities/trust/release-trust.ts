import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import { ROOT_CA_SECRET } from './ca-secret.ts';
import { awaitNamespaceGone } from '../removal/namespace-end.ts';
import { removeOurs } from '../objects/our-objects.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { releaseSystemNamespace } from '../objects/system-namespace.ts';

type Input = StepInputs['releaseTrust'];
type Home = Input['homes'][number];

/** Takes the key out of a cluster, and the namespace that was kept for it. */
async function leaveHome(ports: StepPorts, input: Input, home: Home): Promise<StepOutcome> {
  const { namespace } = input;
  const cluster = await ports.clusters.open(home);
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: ROOT_CA_SECRET };
  const removed = await removeOurs(cluster, ref);
  const released = await releaseSystemNamespace(cluster, namespace);
  const ending = { namespace, context: home.context, since: ports.scope().now() };
  if (released.removed) await awaitNamespaceGone(ports, cluster, ending);
  const remains = released.keepers.length === 0 ? [] : [`${home.name}: ${released.summary}`];
  return { changed: removed ? 1 : 0, summary: `${home.name}: ${released.summary}`, remains };
}

/** The key that the worker keeps is the owner's to delete: certificates under it may still be out there. */
async function keptByWorker(ports: StepPorts, mesh: string): Promise<StepOutcome> {
  const place = await ports.trustStore.locate(mesh);
  if (place === null)
    return { changed: 0, summary: 'this worker has no key of the root of this mesh' };
  return {
    changed: 0,
    summary: 'the key of the root stays on the worker',
    remains: [
      `the key of the root of mesh ${mesh} stays on the worker, and the next install takes it: rm -r ${place} deletes it`,
    ],
  };
}

/**
 * Makes `releaseTrust`: takes the key of the mesh's root out of the clusters that hold it, when no cluster was left behind whose certificates are
 * under it; says where the worker keeps it otherwise.
 *
 * Idempotent: what is gone already is no error.
 * Heartbeats: every second, with the namespace that still ends.
 * Fails with: WaitTimedOut, and what requests fail with.
 */
export function createReleaseTrust(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const { mesh, homes, leftBehind } = input;
    if (homes.length === 0) return keptByWorker(ports, mesh);
    if (leftBehind.length > 0) {
      const names = homes.map(({ name }) => name).join(', ');
      const line = `the key of the root stays in ${names}: ${leftBehind.join(', ')} still has certificates under it`;
      return { changed: 0, summary: line, remains: [line] };
    }
    const outcomes = await boundedParallel(homes, (home) => leaveHome(ports, input, home));
    const remains = outcomes.flatMap((outcome) => outcome.remains ?? []);
    return {
      changed: outcomes.reduce((sum, { changed }) => sum + changed, 0),
      summary: outcomes.map(({ summary }) => summary).join('; '),
      ...(remains.length === 0 ? {} : { remains }),
    };
  };
}
