import type { FollowedTarget } from '../../mesh/sync/followed-target.ts';
import type { Settling } from '../../mesh/sync/settling.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { rest } from '../attempt/pause.ts';
import { Bell } from './bell.ts';
import type { Source } from './followed-kind.ts';
import { lookAt, sourcesOf } from './followed-kinds.ts';
import { sourceKey, watchSource } from './source-watches.ts';

/** Every target is looked at again after so long, whatever its watches say: host names have none, and somebody may have changed it. */
const AGAIN_MS = 10_000;
/** Least time between two looks at a target, in milliseconds: a rollout changes pods many times a second. */
const LEAST_MS = 150;

/**
 * Looks at every target, at once and whenever something it depends on changes, and tells the settling, until the signal aborts. Each target has a
 * loop of its own: a cluster that does not answer holds up nobody else's. Ends only by throwing an error that is no MeshFailure.
 */
export async function watchTargets(
  ports: StepPorts,
  targets: readonly FollowedTarget[],
  settling: Settling,
  onLook: () => void,
  signal: AbortSignal,
): Promise<void> {
  const bells = new Map(targets.map((target) => [target.id, new Bell()]));
  const sources = new Map<string, { source: Source; listeners: Bell[] }>();
  for (const target of targets) {
    for (const source of sourcesOf(target)) {
      const shared = sources.get(sourceKey(source)) ?? { source, listeners: [] };
      shared.listeners.push(bells.get(target.id) as Bell);
      sources.set(sourceKey(source), shared);
    }
  }
  const follow = async (target: FollowedTarget, bell: Bell): Promise<void> => {
    while (!signal.aborted) {
      const look = await lookAt(ports, target);
      if (signal.aborted) return;
      settling.see(look, Date.now());
      onLook();
      await rest(LEAST_MS, signal);
      await bell.sleep(untilNextLook(settling.dueAt(target.id)), signal);
    }
  };
  await Promise.all([
    ...[...sources.values()].map(({ source, listeners }) =>
      watchSource(ports, source, () => listeners.forEach((bell) => bell.ring()), signal),
    ),
    ...targets.map((target) => follow(target, bells.get(target.id) as Bell)),
  ]);
}

/** A difference is looked at once more when its hold is over, so that what is written is what is there then. */
function untilNextLook(dueAt: number | null): number {
  if (dueAt === null) return AGAIN_MS;
  return Math.min(Math.max(dueAt - Date.now(), 0) + 1, AGAIN_MS);
}
