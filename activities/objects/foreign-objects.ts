import { MeshFailure } from '../../mesh/failure.ts';
import { isOurs, makersOf } from '../../mesh/field-managers.ts';
import { MESH_LABEL } from '../../mesh/istio/istio-names.ts';
import { describeRef, type KubernetesObject, refOf } from '../../mesh/kubernetes-object.ts';
import { boundedParallel } from '../attempt/bounded-parallel.ts';
import type { Cluster } from '../ports/cluster.ts';

/** Kinds of which one object serves everybody; what is on it already stays, and it never goes with the mesh. */
const SHARED: ReadonlySet<string> = new Set(['Namespace', 'CustomResourceDefinition']);

/**
 * Whether an object was made by somebody else, who has not handed it over (label `meshwright.dev/mesh`). One without a single field of
 * anybody, such as an account that is a name only, has no managers, so it cannot be told from our own.
 */
function isForeign(live: KubernetesObject): boolean {
  return (
    !SHARED.has(live.kind) &&
    (live.metadata.managedFields ?? []).length > 0 &&
    !isOurs(live) &&
    live.metadata.labels?.[MESH_LABEL] === undefined
  );
}

function describe(live: KubernetesObject): string {
  const by = makersOf(live).join(', ');
  return `${describeRef(refOf(live))}${by === '' ? '' : `, made by ${by}`}`;
}

/** `deployment.v1.apps`: a kind as kubectl takes it, whatever else is called so. */
function kubectlKind({ apiVersion, kind }: KubernetesObject): string {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? kind : `${kind}.${version}.${group}`;
}

function refusal(cluster: string, first: KubernetesObject, all: KubernetesObject[]): MeshFailure {
  const { name, namespace } = first.metadata;
  const where = namespace === undefined ? '' : `-n ${namespace} `;
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  return new MeshFailure(
    'ForeignInstall',
    `${cluster}: ${describeRef(refOf(first))}${more} is there already, and meshwright did not make it`,
    {
      cluster,
      object: describeRef(refOf(first)),
      cure: `delete what nobody needs, or hand it over to the mesh: kubectl ${where}label ${kubectlKind(first)} ${name} ${MESH_LABEL}=MESH; then retry`,
      lines: all.slice(0, 10).map(describe),
    },
  );
}

/**
 * Refuses a live object that is foreign. Applied to, it would become ours without a word where no field differs, and go with the mesh.
 * @throws {MeshFailure} ForeignInstall
 */
export function refuseForeign(cluster: Cluster, live: KubernetesObject): void {
  if (isForeign(live)) throw refusal(cluster.name, live, [live]);
}

/** The refusal of the first foreign object with all the others among `objects`, so that they are told at once. */
export async function refusalOfAll(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  found: MeshFailure,
): Promise<MeshFailure> {
  const live = await boundedParallel(objects, (object) => cluster.read(refOf(object)));
  const foreign = live.filter((object) => object !== null).filter(isForeign);
  const [first] = foreign;
  return first === undefined ? found : refusal(cluster.name, first, foreign);
}
