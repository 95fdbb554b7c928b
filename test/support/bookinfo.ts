import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MeshRig } from './mesh-rig.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/bookinfo/', import.meta.url));

/** What a service of the application answers: who it is, and what those it called have answered. */
export type Answer = {
  /** Name of the service. */
  service: string;
  /** Its version. */
  version: string;
  /** Cluster of the pod that answered. */
  cluster: string;
  /** Answers of the services that it called; absent where it calls none. */
  calls?: Answer[];
};

/** What many requests came to. */
export type Outcomes = {
  /** HTTP status of each request in the order they ended; 000 where there was no answer. */
  statuses: string[];
  /** Answers of those that were well. */
  answers: Answer[];
  /** What the others answered, and how many answers there were before. */
  complaints: string[];
};

/** Header by which the example's routing sends everything to the second version of reviews. */
export const REVIEWS_V2 = 'end-user: banzai';

/** Requests that run side by side. */
const AT_ONCE = 3;

/** Creates or changes what the example says for a cluster: its Services and its own Deployments, and waits until they serve. */
export async function deployBookinfo(rig: MeshRig, cluster: string): Promise<void> {
  const files = ['services.yaml', `${cluster}.yaml`].flatMap((file) => ['-f', join(EXAMPLE, file)]);
  await rig.kubectl(cluster, 'apply', ...files);
  const ready = ['--for=condition=Available', 'deployment', '--all', '--timeout=55s'];
  await rig.kubectl(cluster, 'wait', '-n', 'bookinfo', ...ready);
}

/** Applies the example's routing in the primary. */
export async function routeBookinfo(rig: MeshRig, primary: string): Promise<void> {
  await rig.kubectl(primary, 'apply', '-f', join(EXAMPLE, 'routing.yaml'));
}

/** The first service of that name in an answer; undefined where nobody called it. */
export function serviceIn(answer: Answer, service: string): Answer | undefined {
  if (answer.service === service) return answer;
  for (const call of answer.calls ?? []) {
    const found = serviceIn(call, service);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Counts what `of` says of each thing. */
export function tally<T>(
  things: readonly T[],
  of: (thing: T) => string,
): { [name: string]: number } {
  const counts: { [name: string]: number } = {};
  for (const thing of things) counts[of(thing)] = (counts[of(thing)] ?? 0) + 1;
  return counts;
}

function outcomesOf(output: string): Outcomes {
  const outcomes: Outcomes = { statuses: [], answers: [], complaints: [] };
  const { statuses, answers, complaints } = outcomes;
  for (const line of output.split('\n').filter((each) => each !== '')) {
    if (/^\d{3}$/.test(line)) statuses.push(line);
    else if (line.startsWith('{')) answers.push(JSON.parse(line) as Answer);
    else complaints.push(`after ${answers.length} answers: ${line}`);
  }
  return outcomes;
}

/** Clients of no mesh: pods in a namespace without injection, in one cluster, which know load balancers' addresses and nothing else. */
export type Outsider = {
  /** Asks for the product page so many times. */
  ask(address: string, requests: number, header?: string): Promise<Outcomes>;
  /** Begins to ask again and again. */
  askOnAndOn(address: string, header: string): Promise<AskingLoop>;
};

/** A client that asks again and again. */
export type AskingLoop = {
  /** What its requests have come to by now. */
  soFar(): Promise<Outcomes>;
  /** Ends it and answers what all of it came to. */
  stop(): Promise<Outcomes>;
};

/** Places a client outside the mesh in a cluster. */
export async function placeOutsider(rig: MeshRig, cluster: string): Promise<Outsider> {
  let loops = 0;
  const run = async (name: string, command: string[]): Promise<void> => {
    const image = ['--image', 'meshwright.local/app:1', '--image-pull-policy', 'Never'];
    await rig.kubectl(
      cluster,
      'run',
      name,
      '-n',
      'outside',
      ...image,
      '--command',
      '--',
      ...command,
    );
    await rig.kubectl(cluster, 'wait', '-n', 'outside', '--for=condition=Ready', `pod/${name}`);
  };
  const curl = (url: string, header: string): string =>
    `curl -s -m 5 -w '%{http_code}\\n' -H '${header}' '${url}'`;
  await rig.kubectl(cluster, 'create', 'namespace', 'outside');
  await run('client', ['sleep', '100000']);
  return {
    async ask(address, requests, header = 'end-user: anybody') {
      const each = Math.ceil(requests / AT_ONCE);
      const script = Array.from(
        { length: AT_ONCE },
        (_, index) =>
          `${curl(`http://${address}/productpage?n=[1-${each}]`, header)} >/tmp/${index} &`,
      );
      const words = ['sh', '-c', `${script.join(' ')} wait; cat /tmp/[0-9]`];
      const where = ['exec', '-n', 'outside', 'client', '--'];
      return outcomesOf(await rig.kubectl(cluster, ...where, ...words));
    },
    async askOnAndOn(address, header) {
      const name = `loop${String(++loops)}`;
      // A connection of its own for every request, some of them a second.
      const script = `while :; do ${curl(`http://${address}/productpage`, header)}; sleep 0.1; done`;
      await run(name, ['sh', '-c', script]);
      const soFar = async (): Promise<Outcomes> =>
        outcomesOf(await rig.kubectl(cluster, 'logs', '-n', 'outside', name));
      return {
        soFar,
        async stop() {
          const outcomes = await soFar();
          await rig.kubectl(cluster, 'delete', 'pod', '-n', 'outside', name, '--now');
          return outcomes;
        },
      };
    },
  };
}
