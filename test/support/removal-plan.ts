import type { Plan } from '../../mesh/plan/plan.ts';
import { step } from '../../mesh/plan/step.ts';

/** A plan that removes the mesh from these clusters, one after the other. */
export function removalOf(...clusters: string[]): Plan {
  const steps = clusters.map((name, at) =>
    step(
      'removeCluster',
      name,
      'remove-cluster',
      'remove everything',
      clusters.slice(0, at).map((before) => `${before}/remove-cluster`),
      {
        cluster: { name, context: `kind-${name}` },
        mesh: 'mesh1',
        namespace: 'istio-system',
        uid: `uid-${name}`,
      },
    ),
  );
  return { digest: 'ba9876543210', summary: ['uninstall of a mesh', 'cluster2 · goes'], steps };
}
