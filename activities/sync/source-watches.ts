import { isMeshFailure } from '../../mesh/failure.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { rest } from '../attempt/pause.ts';
import type { Source } from './followed-kind.ts';

/** Pause after a watch broke, in milliseconds. */
const AGAIN_MS = 2_000;

/** Never seen outside: ends a watch that nobody needs any more. */
const OVER = new Error('nobody watches any more');

/**
 * Calls whenever an object of a source changed, and once when its cluster stops answering, until the signal aborts. What changed is not told:
 * whoever is called looks for himself.
 */
export async function watchSource(
  ports: StepPorts,
  { cluster: ref, query }: Source,
  onChange: () => void,
  signal: AbortSignal,
): Promise<void> {
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      const cluster = await ports.clusters.open(ref);
      const seen = await cluster.watchUntil(query, (objects) => {
        if (signal.aborted) throw OVER;
        const versions = versionsOf(objects);
        return versions === last ? undefined : versions;
      });
      if (last !== undefined) onChange();
      last = seen;
    } catch (error) {
      if (signal.aborted) return;
      if (!isMeshFailure(error)) throw error;
      onChange();
      await rest(AGAIN_MS, signal);
    }
  }
}

/** Names a source so that targets with the same one share a watch. */
export function sourceKey({ cluster, query }: Source): string {
  return JSON.stringify([cluster, query]);
}

function versionsOf(objects: readonly KubernetesObject[]): string {
  return objects
    .map(({ metadata }) => `${metadata.uid ?? metadata.name}/${metadata.resourceVersion ?? ''}`)
    .sort()
    .join();
}
