import type { KubernetesObject } from '../kubernetes-object.ts';
import { ownWords } from './own-words.ts';

/** What keeps a pod from being ready. */
export type PodTrouble = {
  /** One line for people: `pod istiod-7b7-k2x: ImagePullBackOff: Back-off pulling image "x"`. */
  line: string;
  /** Whether time alone rarely cures it: bad image, bad configuration, crash loop. */
  fatal: boolean;
  /** Whether the kubelet pauses before it tries again, up to five minutes in the end (`…BackOff`). */
  paused: boolean;
};

type ContainerStatus = {
  name: string;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; exitCode?: number; message?: string };
  };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
};
type PodStatus = {
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
};

const FATAL = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
]);
const HARMLESS = new Set(['ContainerCreating', 'PodInitializing']);

function join(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(': ');
}

/** Whether a pod serves. */
export function isPodReady(pod: KubernetesObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  const conditions = (pod as PodStatus).status?.conditions ?? [];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** What keeps a pod from being ready, in its own words; null when nothing but time does. */
export function podTrouble(pod: KubernetesObject): PodTrouble | null {
  const { status } = pod as PodStatus;
  const name = `pod ${pod.metadata.name}`;
  for (const container of [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]) {
    const waiting = container.state?.waiting;
    if (waiting?.reason === undefined || HARMLESS.has(waiting.reason)) continue;
    const exit = container.lastState?.terminated;
    const last =
      exit === undefined
        ? undefined
        : `last exit ${exit.exitCode ?? '?'} ${exit.reason ?? ''}`.trim();
    return {
      line: join(
        name,
        `${waiting.reason} of container ${container.name}`,
        last,
        ownWords(waiting.message),
      ),
      fatal: FATAL.has(waiting.reason),
      paused: waiting.reason.endsWith('BackOff'),
    };
  }
  const unscheduled = status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  );
  if (unscheduled !== undefined)
    return {
      line: join(name, unscheduled.reason, ownWords(unscheduled.message)),
      fatal: false,
      paused: false,
    };
  if (status?.phase === 'Failed') return { line: join(name, 'Failed'), fatal: true, paused: false };
  return null;
}
