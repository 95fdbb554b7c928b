import { describeRef, type KubernetesObject, refOf } from '../../mesh/kubernetes-object.ts';
import { limitedWait } from '../attempt/limited-wait.ts';
import { pause } from '../attempt/pause.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';

/** How long the API server may take to accept definitions, in milliseconds; alone it takes less than a second. */
const ESTABLISHED_WITHIN_MS = 60_000;

type Condition = { type: string; status: string; message?: string };
type Definition = KubernetesObject & {
  spec?: {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean }[];
  };
  status?: { conditions?: Condition[] };
};

/** Looks at a kind that is established and not served yet, and the pause between them; it follows within a second. */
const SERVED_LOOKS = 50;
const SERVED_EVERY_MS = 100;

/** Whether the API server has taken a definition over. */
function isEstablished({ status }: Definition): boolean {
  return (status?.conditions ?? []).some(
    (condition) => condition.type === 'Established' && condition.status === 'True',
  );
}

/** Why a definition is not established, in the words of its conditions: names that are taken before all else. */
function whyNot(definition: Definition): string {
  const refused = (definition.status?.conditions ?? []).filter(({ status }) => status === 'False');
  const condition = refused.find(({ type }) => type === 'NamesAccepted') ?? refused[0];
  const why = condition?.message ?? 'the API server has not looked at it yet';
  return `${describeRef(refOf(definition))}: ${why}`;
}

/**
 * Waits until the API server has established every one of the just applied definitions.
 * @throws {MeshFailure} WaitTimedOut with the conditions of those that are not
 */
async function awaitEstablished(
  ports: StepPorts,
  cluster: Cluster,
  context: string,
  applied: Definition[],
): Promise<void> {
  const missing = new Set(
    applied
      .filter((definition) => !isEstablished(definition))
      .map((definition) => definition.metadata.name),
  );
  if (missing.size === 0) return;
  let reasons: string[] = [];
  const waitFor = {
    what: `establishing of ${missing.size} CustomResourceDefinitions in ${cluster.name}`,
    cluster: cluster.name,
    limitMs: ESTABLISHED_WITHIN_MS,
    cure: `remove the definition that has taken the name (kubectl --context ${context} get customresourcedefinitions), then retry`,
    explain: () => Promise.resolve(reasons),
  };
  const query = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  await limitedWait(ports.scope(), waitFor, (wait) =>
    wait.watch(cluster, query, (definitions) => {
      const ours = definitions.filter(({ metadata }) => missing.has(metadata.name));
      reasons = ours.filter((definition) => !isEstablished(definition)).map(whyNot);
      if (reasons.length === 0 && ours.length === missing.size) return true;
      wait.reason(reasons[0] ?? 'some of them are gone again');
      return undefined;
    }),
  );
}

/** Waits until kinds that are established can be written too; one that takes longer is for whoever writes it to wait for. */
async function awaitServed(
  cluster: Cluster,
  definitions: Definition[],
  signal: AbortSignal,
): Promise<void> {
  for (const { spec } of definitions) {
    const version = spec?.versions.find(({ served }) => served)?.name;
    if (spec === undefined || version === undefined) continue;
    for (let look = 0; look < SERVED_LOOKS; look += 1) {
      if (await cluster.serves(`${spec.group}/${version}`, spec.names.kind)) break;
      await pause(SERVED_EVERY_MS, signal);
    }
  }
}

/**
 * Waits until definitions, as their apply answered them, are established and served.
 * @throws {MeshFailure} WaitTimedOut after a minute, with what the API server says against them
 */
export async function awaitDefinitions(
  ports: StepPorts,
  cluster: Cluster,
  context: string,
  applied: KubernetesObject[],
): Promise<void> {
  await awaitEstablished(ports, cluster, context, applied);
  await awaitServed(cluster, applied, ports.scope().signal);
}
