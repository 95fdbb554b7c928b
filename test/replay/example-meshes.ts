import { readFileSync } from 'node:fs';
import type { MeshSpec } from '../../mesh/spec/mesh-spec.ts';
import { parseMeshFile } from '../../mesh/spec/parse-mesh-file.ts';
import { formatSpecProblem } from '../../mesh/spec/spec-problem.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url);

/** Meshes of `examples/` of which a history is kept, each with a step that tells it from the others. */
export const EXAMPLE_MESHES: { [example: string]: string } = {
  'flat-gateway': 'west/apply-remote-control-plane',
  'flat-load-balancer': 'east/await-istiod-address',
  'flat-pod-ip': 'west/await-cluster-sync',
  'flat-stub-services': 'west/stub-services',
  'local-injector': 'west/await-injector',
  'multi-primary-one-network': 'west/await-mesh-sync',
  'multi-primary-two-networks': 'west/expose-services',
  'mixed-five-clusters': 'east3/create-remote-secret-in-west1',
  'primary-remote-discovered': 'cluster2/await-gateway',
  'primary-remote-mesh-networks': 'cluster2/patch-mesh-networks',
  replicated: 'east/import-orders.bar',
  revision: 'cluster2/await-cluster-sync',
  'three-clusters-bookinfo': 'cluster3/await-ingress-gateway',
};

/** Name of an example's history; other shapes have names of their own. */
export function shapeOfExample(example: string): string {
  return `example-${example}`;
}

/**
 * The mesh of an example file, under the name of its history.
 * @throws Error with what is wrong with the file
 */
export function exampleMesh(example: string): MeshSpec {
  const file = `${example}.yaml`;
  const parsed = parseMeshFile(readFileSync(new URL(file, EXAMPLES), 'utf8'), file);
  if (!parsed.ok) throw new Error(parsed.problems.map(formatSpecProblem).join('\n'));
  return { ...parsed.spec, name: shapeOfExample(example) };
}
