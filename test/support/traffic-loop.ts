import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { echoUrl, requestCommand, verifyWorkloads } from '../../mesh/istio/verify-objects.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import type { MeshRig } from './mesh-rig.ts';

/** Namespace of the loop, in both clusters. */
export const TRAFFIC_NAMESPACE = 'traffic';

/** One request of the loop. */
export type LoopRequest = {
  /** When its answer, or the end of its 3 s, was logged: ISO-8601 of the node. */
  at: string;
  /** Whether the right cluster answered. */
  ok: boolean;
  /** The line that the client wrote. */
  line: string;
};

/** Requests that go from one cluster to another all the time. */
export type TrafficLoop = {
  /** Requests since an ISO-8601 time, in order. */
  since(at: string): Promise<LoopRequest[]>;
};

/** Pause between requests, in seconds. */
const PAUSE_S = 0.2;

/**
 * Has a pod of one cluster send requests to a service whose only pod is in another, one after the other, each with a limit of 3 s; so every
 * request crosses, and a gap shows how long nothing did.
 */
export async function startTraffic(rig: MeshRig, from: string, to: string): Promise<TrafficLoop> {
  const image = 'meshwright.local/app:1';
  const [, , once = ''] = requestCommand(echoUrl(TRAFFIC_NAMESPACE), 1);
  for (const cluster of [from, to]) {
    const namespace: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: TRAFFIC_NAMESPACE, labels: { 'istio-injection': 'enabled' } },
    };
    const wanted = verifyWorkloads({ namespace: TRAFFIC_NAMESPACE, cluster, image })
      .filter(
        ({ kind, metadata }) =>
          kind !== 'Pod' || metadata.name === (cluster === to ? 'echo' : 'client'),
      )
      .map((object) =>
        object.kind === 'Pod' && cluster === from ? looping(object, once) : object,
      );
    const file = join(rig.dir, `traffic-${cluster}.yaml`);
    writeFileSync(file, [namespace, ...wanted].map((object) => stringify(object)).join('---\n'));
    await rig.kubectl(cluster, 'apply', '-f', file);
  }
  await Promise.all([awaitReady(rig, from, 'client'), awaitReady(rig, to, 'echo')]);
  return {
    async since(at) {
      const words = ['logs', 'client', '-c', 'app', '-n', TRAFFIC_NAMESPACE];
      const text = await rig.kubectl(from, ...words, '--timestamps', `--since-time=${at}`);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [time = '', ...rest] = line.split(' ');
          const said = rest.join(' ');
          return { at: time, ok: said === `0 ${to}`, line: said };
        });
    },
  };
}

function looping(pod: KubernetesObject, once: string): KubernetesObject {
  const spec = pod['spec'] as { containers: { command: string[] }[] };
  const command = ['sh', '-c', `while :; do ${once}; sleep ${PAUSE_S}; done`];
  return {
    ...pod,
    spec: { ...spec, containers: spec.containers.map((each) => ({ ...each, command })) },
  };
}

async function awaitReady(rig: MeshRig, cluster: string, pod: string): Promise<void> {
  const words = ['wait', '--for=condition=Ready', `pod/${pod}`, '-n', TRAFFIC_NAMESPACE];
  await rig.kubectl(cluster, ...words, '--timeout=50s');
}
