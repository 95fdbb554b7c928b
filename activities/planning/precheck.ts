import { MeshFailure } from '../../mesh/failure.ts';
import { componentOfInventory } from '../../mesh/istio/inventory-object.ts';
import {
  foreignIstio,
  type IstioFindings,
  istiodVersion,
  otherHome,
  otherMeshes,
} from '../../mesh/istio/foreign-istio.ts';
import { loadBalancerAddresses } from '../../mesh/istio/gateway-address.ts';
import {
  CACERTS_SECRET,
  EAST_WEST_GATEWAY,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  meshConfigMapName,
} from '../../mesh/istio/istio-names.ts';
import { MESH_RECORD, namesOf, readMeshRecord } from '../../mesh/istio/mesh-record.ts';
import { unsupportedReason } from '../../mesh/istio/kubernetes-support.ts';
import { requiredPermissions } from '../../mesh/istio/required-permissions.ts';
import { serviceRanges } from '../../mesh/istio/service-ranges.ts';
import { VERIFIED_CONFIG_MAP, verifiedDigest } from '../../mesh/istio/verified-record.ts';
import type { ClusterFacts } from '../../mesh/plan/cluster-facts.ts';
import type { MeshRecord } from '../../mesh/plan/member.ts';
import type { StepOutcome } from '../../mesh/plan/plan.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { readClusterUid } from './cluster-uid.ts';
import { requirePermissions } from './permissions.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { StepPorts } from '../ports/step-ports.ts';
import { secretData } from '../trust/secret-data.ts';

type Input = StepInputs['precheck'];

/** Clocks that differ by less are told as equal, in milliseconds. */
const CLOCKS_AGREE_MS = 60_000;

async function checkPermissions(
  cluster: Cluster,
  { namespace, nameResolution, topology }: Input,
): Promise<void> {
  const needed = requiredPermissions(namespace, nameResolution, topology);
  await requirePermissions(cluster, `${cluster.name}'s context`, needed);
}

async function findIstio(cluster: Cluster, { namespace, revision }: Input): Promise<IstioFindings> {
  const names = [...new Set([meshConfigMapName(null), meshConfigMapName(revision)])];
  const [deployments, webhooks, inventories, ...meshConfigMaps] = await Promise.all([
    cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', labelSelector: 'app=istiod' }),
    cluster.list({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      labelSelector: 'app=sidecar-injector',
    }),
    cluster.list({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}`,
    }),
    ...names.map((name) => cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })),
  ]);
  return {
    deployments,
    webhooks,
    inventories: inventories.filter((found) => componentOfInventory(found) !== null),
    meshConfigMaps: meshConfigMaps.filter((found) => found !== null),
  };
}

async function readServiceRanges(cluster: Cluster): Promise<string[]> {
  const service = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'kubernetes' };
  const [ranges, kubernetes] = await Promise.all([
    cluster.list({ apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR' }),
    cluster.read(service),
  ]);
  return serviceRanges(ranges, kubernetes);
}

/** What the cluster remembers; its members only as far as the file no longer names them, for the facts of all clusters go to the planner. */
function memoryOf(
  record: MeshRecord | null,
  { cluster, members }: Input,
  uid: string,
): Pick<ClusterFacts, 'record' | 'leavers' | 'knownAs'> {
  if (record === null) return { record: null, leavers: [] };
  const { members: remembered, ...rest } = record;
  const names = namesOf(record, uid);
  const other = names.includes(cluster.name)
    ? undefined
    : names.find((name) => members?.includes(name));
  const leavers = remembered.filter(({ name }) => members?.includes(name) === false);
  return { record: rest, leavers, ...(other === undefined ? {} : { knownAs: other }) };
}

function cureOfForeign([mesh]: string[]): string {
  const first = mesh === undefined ? 'remove that istio first' : `meshwright uninstall ${mesh}`;
  return `${first}, or take the cluster out of the mesh file`;
}

/**
 * Makes `precheck`: reads a cluster and refuses what cannot work, before anything is written anywhere.
 *
 * Idempotent: it only reads.
 * Heartbeats: no; every request has its own limit.
 * Fails with: UnsupportedVersion, Forbidden (naming every lacking permission), ForeignInstall, PrecheckFailed, and what requests fail with.
 */
export function createPrecheck(ports: StepPorts): (input: Input) => Promise<StepOutcome> {
  return async (input) => {
    const { namespace } = input;
    const cluster = await ports.clusters.open(input.cluster);
    const [version, aheadMs, findings, cacerts, gateway, verified, recorded, uid] =
      await Promise.all([
        cluster.version(),
        cluster.clockAheadMs(),
        findIstio(cluster, input),
        cluster.read({ apiVersion: 'v1', kind: 'Secret', namespace, name: CACERTS_SECRET }),
        cluster.read({ apiVersion: 'v1', kind: 'Service', namespace, name: EAST_WEST_GATEWAY }),
        cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: VERIFIED_CONFIG_MAP }),
        cluster.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: MESH_RECORD }),
        readClusterUid(cluster),
        checkPermissions(cluster, input),
      ]);
    const ranges = input.nameResolution === 'dnsCapture' ? await readServiceRanges(cluster) : null;
    const unsupported = unsupportedReason(input.istioVersion, version);
    if (unsupported !== null) {
      throw new MeshFailure('UnsupportedVersion', unsupported, {
        cluster: cluster.name,
        cure: 'upgrade the cluster, or ask for another istio.version',
      });
    }
    const foreign = foreignIstio(input.mesh, namespace, findings);
    if (foreign.length > 0) {
      throw new MeshFailure(
        'ForeignInstall',
        `${cluster.name} already has an istio that mesh ${input.mesh} does not own: ${foreign[0] ?? ''}`,
        {
          cluster: cluster.name,
          cure: cureOfForeign(otherMeshes(input.mesh, findings.inventories)),
          lines: foreign.slice(0, 10),
        },
      );
    }
    const verdict = cacerts === null ? null : ports.certificates.verifyCacerts(secretData(cacerts));
    if (verdict !== null && !verdict.ok) {
      throw new MeshFailure(
        'PrecheckFailed',
        `Secret ${namespace}/${CACERTS_SECRET} of ${cluster.name} is not valid: ${verdict.reason}`,
        {
          cluster: cluster.name,
          object: `Secret ${namespace}/${CACERTS_SECRET}`,
          cure: `repair it, or delete it to have a new one made: kubectl --context ${input.cluster.context} -n ${namespace} delete secret ${CACERTS_SECRET}`,
        },
      );
    }
    const home = otherHome(input.mesh, namespace, findings.inventories);
    const installed = findings.inventories.length > 0 || findings.deployments.length > 0;
    const facts: ClusterFacts = {
      cluster: cluster.name,
      kubernetesVersion: version,
      contextServer: cluster.server,
      rootFingerprint: verdict?.root.fingerprint ?? null,
      istio: installed
        ? { state: 'ours', version: istiodVersion(findings.deployments) }
        : { state: 'none' },
      gatewayAddresses: loadBalancerAddresses(gateway),
      verifiedDigest: verifiedDigest(verified),
      uid,
      components: findings.inventories.flatMap((found) => componentOfInventory(found) ?? []).sort(),
      ...(ranges === null ? {} : { serviceRanges: ranges }),
      ...(Math.abs(aheadMs) < CLOCKS_AGREE_MS ? {} : { clockAheadMs: aheadMs }),
      ...(home === null ? {} : { otherHome: home }),
      ...memoryOf(readMeshRecord(recorded), input, uid),
    };
    return {
      changed: 0,
      summary: `kubernetes ${version}, ${installed ? 'istio is ours' : 'no istio'}`,
      facts,
    };
  };
}
