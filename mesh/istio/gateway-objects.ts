import { NETWORK_LABEL } from './istio-names.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';

/**
 * A readiness probe of the gateway's own. Istio's gateway template probes every 15 s from the start, so a first probe that comes before
 * Envoy is up costs 15 s; injection lays the pod's own container over the template (pkg/kube/inject/webhook.go,
 * reapplyOverwrittenContainers), so this one stays.
 */
const READINESS_PROBE = {
  httpGet: { path: '/healthz/ready', port: 15021 },
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 3,
  failureThreshold: 60,
};

type Labels = { [label: string]: string };
type Container = { name: string; readinessProbe?: unknown };
type Deployment = { spec: { template: { spec: { containers: Container[] } } } };

function withReadinessProbe(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Deployment') return object;
  const { spec } = object as unknown as Deployment;
  const { template } = spec;
  const containers = template.spec.containers.map((container) => ({
    readinessProbe: READINESS_PROBE,
    ...container,
  }));
  return {
    ...object,
    spec: { ...spec, template: { ...template, spec: { ...template.spec, containers } } },
  };
}

/**
 * Takes the network out of what selects the gateway's pods. A Deployment's selector cannot be changed, and the gateway gains the label
 * when its mesh grows beyond one network; a Service that asked for it early would be without pods until they have it.
 */
function selectedWithoutNetwork(object: KubernetesObject): KubernetesObject {
  const without = ({ [NETWORK_LABEL]: _, ...labels }: Labels): Labels => labels;
  const { spec } = object as unknown as { spec: { selector: unknown } };
  switch (object.kind) {
    case 'Service':
      return { ...object, spec: { ...spec, selector: without(spec.selector as Labels) } };
    case 'Deployment': {
      const { matchLabels } = spec.selector as { matchLabels: Labels };
      return { ...object, spec: { ...spec, selector: { matchLabels: without(matchLabels) } } };
    }
    default:
      return object;
  }
}

/** The objects of one part of a rendered gateway: its Service alone, or everything else. */
export function gatewayPart(
  rendered: KubernetesObject[],
  part: 'service' | 'workload',
): KubernetesObject[] {
  const objects = rendered.map(selectedWithoutNetwork);
  if (part === 'service') return objects.filter((object) => object.kind === 'Service');
  return objects.filter((object) => object.kind !== 'Service').map(withReadinessProbe);
}
