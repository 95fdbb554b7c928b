import type { ObjectRef } from '../kubernetes-object.ts';
import { isIstioResource, isWorkload } from './object-waves.ts';

const WEBHOOKS = new Set(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']);
const BINDINGS = new Set(['RoleBinding', 'ClusterRoleBinding']);

function waveOf(ref: ObjectRef): number {
  // A webhook whose istiod is gone would refuse every pod, and every write of Istio's kinds.
  if (WEBHOOKS.has(ref.kind)) return 0;
  if (isIstioResource(ref)) return 1;
  if (isWorkload(ref)) return 2;
  if (BINDINGS.has(ref.kind)) return 4;
  if (ref.kind === 'CustomResourceDefinition') return 5;
  if (ref.kind === 'Namespace') return 6;
  return 3;
}

/**
 * Orders objects for their removal: webhooks, Istio's resources, workloads, what those used, bindings, definitions, and namespaces when nothing else is left.
 * Inside a wave nothing depends on anything. Empty waves are left out.
 */
export function removalWaves(refs: readonly ObjectRef[]): ObjectRef[][] {
  const waves: ObjectRef[][] = [[], [], [], [], [], [], []];
  for (const ref of refs) waves[waveOf(ref)]?.push(ref);
  return waves.filter((wave) => wave.length > 0);
}
