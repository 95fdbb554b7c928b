import { ownWords } from '../../mesh/istio/own-words.ts';
import type { KubernetesObject, ObjectRef } from '../../mesh/kubernetes-object.ts';
import type { Cluster } from '../ports/cluster.ts';

type Event = KubernetesObject & {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
};

function lastSeen(event: Event): string {
  return (
    event.series?.lastObservedTime ??
    event.lastTimestamp ??
    event.eventTime ??
    event.metadata.creationTimestamp ??
    ''
  );
}

function describe(event: Event): string {
  const count = event.series?.count ?? event.count ?? 1;
  return `${event.type ?? 'Normal'} ${event.reason ?? ''}: ${ownWords(event.message)} (${count === 1 ? 'once' : `${count} times`}, last ${lastSeen(event)})`;
}

/** The latest events of an object, newest first, one line each: type, reason, message, how often and when last. */
export async function eventLines(cluster: Cluster, ref: ObjectRef, most = 3): Promise<string[]> {
  const events = await cluster.list({
    apiVersion: 'v1',
    kind: 'Event',
    ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
    fieldSelector: `involvedObject.kind=${ref.kind},involvedObject.name=${ref.name}`,
  });
  return events
    .map((event) => event as Event)
    .sort((a, b) => (lastSeen(a) < lastSeen(b) ? 1 : -1))
    .slice(0, most)
    .map(describe);
}
