import { isMeshFailure } from '../../mesh/failure.ts';
import type { FailureType } from '../../mesh/failure.ts';
import { otherHome } from '../../mesh/istio/foreign-istio.ts';
import { componentOfInventory } from '../../mesh/istio/inventory-object.ts';
import { discoveryName, MULTI_CLUSTER_LABEL } from '../../mesh/istio/istio-names.ts';
import { removalPermissions } from '../../mesh/istio/removal-permissions.ts';
import { readMeshRecord } from '../../mesh/istio/mesh-record.ts';
import type { KubernetesObject } from '../../mesh/kubernetes-object.ts';
import { describeRef, refOf } from '../../mesh/kubernetes-object.ts';
import type { ClusterSurvey, ForeignLink } from '../../mesh/plan/cluster-survey.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { ROOT_CA_SECRET } from '../trust/ca-secret.ts';
import { readClusterUid } from './cluster-uid.ts';
import { awayFor } from '../removal/leave-behind.ts';
import { readInventories, readMeshTraces } from '../removal/mesh-traces.ts';
import { isOurs } from '../../mesh/field-managers.ts';
import { requirePermissions } from './permissions.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { ourDefinitions } from '../removal/remove-definitions.ts';
import { podsWithSidecar } from '../control-plane/sidecars.ts';

type Input = StepInputs['surveyCluster'];

/** Failures of a cluster's credentials: its removal blocks on them, beside those of all others. */
const NO_ACCESS: ReadonlySet<FailureType> = new Set([
  'UnknownCluster',
  'CredentialRefused',
  'Unauthorized',
]);

/** Remote secrets that somebody else made for clusters that the file does not name; of their contents only the names of the keys are looked at. */
async function foreignSecrets(cluster: Cluster, input: Input): Promise<ForeignLink[]> {
  const labelSelector = `${MULTI_CLUSTER_LABEL}=true`;
  const { namespace } = input;
  const secrets = await cluster.list({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace,
    labelSelector,
  });
  return secrets
    .filter((secret) => !isOurs(secret))
    .flatMap((secret) =>
      Object.keys((secret as { data?: object }).data ?? {})
        .filter((name) => !input.members.includes(name))
        .map((name) => ({
          object: describeRef(refOf(secret)),
          cluster: name,
          does: `lets istiod read cluster ${name}`,
        })),
    );
}

type Webhooks = {
  webhooks?: { clientConfig?: { service?: { namespace?: string; name?: string } } }[];
};

/** Webhooks that somebody else made and that lead to the mesh's istiod, e.g. revision tags: without it pods of their namespaces cannot be created. */
async function foreignWebhooks(cluster: Cluster, input: Input): Promise<ForeignLink[]> {
  const { namespace, revision } = input;
  const names = new Set([discoveryName(revision, 'primary'), discoveryName(revision, 'local')]);
  const leadsToUs = (configuration: KubernetesObject): boolean =>
    ((configuration as Webhooks).webhooks ?? []).some(({ clientConfig }) => {
      const { service } = clientConfig ?? {};
      return service?.namespace === namespace && names.has(service.name ?? '');
    });
  const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
  const found = await Promise.all(
    kinds.map((kind) => cluster.list({ apiVersion: 'admissionregistration.k8s.io/v1', kind })),
  );
  return found
    .flat()
    .filter((configuration) => !isOurs(configuration) && leadsToUs(configuration))
    .map((configuration) => ({
      object: describeRef(refOf(configuration)),
      cluster: null,
      does: 'leads to the istiod of this mesh',
    }));
}

async function survey(cluster: Cluster, input: Input): Promise<ClusterSurvey> {
  const { mesh, namespace, members, crds } = input;
  const root = { apiVersion: 'v1', kind: 'Secret', namespace, name: ROOT_CA_SECRET };
  const [traces, uid, everywhere, secrets, webhooks, pods, rootSecret, definitions] =
    await Promise.all([
      readMeshTraces(cluster, mesh, namespace),
      readClusterUid(cluster),
      readInventories(cluster, mesh),
      foreignSecrets(cluster, input),
      foreignWebhooks(cluster, input),
      podsWithSidecar(cluster),
      cluster.read(root),
      crds ? ourDefinitions(cluster) : [],
      requirePermissions(
        cluster,
        `context ${input.cluster.context}`,
        removalPermissions(namespace, crds),
      ),
    ]);
  const remembered = readMeshRecord(traces.record)?.members ?? [];
  const home = otherHome(mesh, namespace, everywhere);
  return {
    cluster: cluster.name,
    unreachable: null,
    uid,
    present: traces.present || definitions.length > 0,
    ...(home === null ? {} : { otherHome: home }),
    components: traces.inventories.flatMap((found) => componentOfInventory(found) ?? []).sort(),
    leavers: remembered.filter(({ name }) => !members.includes(name)),
    links: traces.present ? [...secrets, ...webhooks] : [],
    sidecars: pods.filter(({ metadata }) => metadata.namespace !== namespace).length,
    holdsRoot: rootSecret !== null,
  };
}

function notSeen(cluster: string, why: string): ClusterSurvey {
  return {
    cluster,
    unreachable: why,
    uid: null,
    present: false,
    components: [],
    leavers: [],
    links: [],
    sidecars: 0,
    holdsRoot: false,
  };
}

/** Why there is no access to a cluster at all, so that waiting for it is of no use; else null. */
function withoutAccess(error: unknown): string | null {
  return isMeshFailure(error) && NO_ACCESS.has(error.type) ? error.message : null;
}

/**
 * Makes `surveyCluster`: reads what of a mesh is in a cluster, and who outside of the mesh uses it. A cluster that cannot be reached is no failure: the
 * others need not wait for it.
 *
 * Idempotent: it only reads.
 * Heartbeats: every second.
 * Fails with: Forbidden (naming every permission that the removal lacks), and what requests fail with; ClusterUnreachable only as long as the limit has not passed.
 */
export function createSurveyCluster(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    try {
      const found = await survey(await ports.clusters.open(input.cluster), input);
      const summary = found.present
        ? `${found.components.length} components of the mesh, ${found.sidecars} pods with a sidecar`
        : 'nothing of the mesh';
      return { changed: 0, summary, survey: found };
    } catch (error) {
      const lost = withoutAccess(error);
      const why = lost ?? awayFor(ports.scope(), input.limitMs, error);
      if (why === null) throw error;
      const unseen = notSeen(input.cluster.name, why);
      const found: ClusterSurvey = lost === null ? unseen : { ...unseen, noAccess: true };
      return { changed: 0, summary: `not seen: ${why}`, survey: found };
    }
  };
}
