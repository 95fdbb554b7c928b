import type { KubernetesObject } from '../kubernetes-object.ts';

const BINDINGS_AND_WEBHOOKS = new Set([
  'RoleBinding',
  'ClusterRoleBinding',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
]);
const WORKLOADS = new Set([
  'Deployment',
  'DaemonSet',
  'StatefulSet',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Pod',
]);

/** Whether an object runs pods, or scales those that do. */
export function isWorkload(object: { kind: string }): boolean {
  return WORKLOADS.has(object.kind);
}

/** Wave in which an object is applied; what it needs is in an earlier one. */
function waveOf(object: KubernetesObject): number {
  if (object.kind === 'Namespace') return 0;
  if (object.kind === 'CustomResourceDefinition') return 1;
  if (isIstioResource(object)) return 5;
  if (isWorkload(object)) return 4;
  // A binding is judged by the rules of its role, so the role goes first.
  if (BINDINGS_AND_WEBHOOKS.has(object.kind)) return 3;
  return 2;
}

/** Whether an object is of a kind that Istio's own definitions add (`*.istio.io`). */
export function isIstioResource(object: { apiVersion: string }): boolean {
  return /(^|\.)istio\.io\//.test(object.apiVersion);
}

/**
 * Orders objects in waves: namespaces; definitions; accounts, roles, Secrets, ConfigMaps, Services; bindings and webhooks; workloads;
 * Istio's resources. Inside a wave nothing depends on anything. Empty waves are left out.
 */
export function objectWaves(objects: KubernetesObject[]): KubernetesObject[][] {
  const waves: KubernetesObject[][] = [[], [], [], [], [], []];
  for (const object of objects) waves[waveOf(object)]?.push(object);
  return waves.filter((wave) => wave.length > 0);
}
