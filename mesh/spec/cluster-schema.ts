import { z } from 'zod';
import { overlay, text } from './schema-fields.ts';
import {
  API_SERVER_PATTERN,
  checkApiServer,
  checkContext,
  checkLabel,
  LABEL_PATTERN,
} from './text-checks.ts';

/** One entry of `spec.clusters`. */
export const clusterSchema = z
  .strictObject({
    name: text(
      'Name of the cluster, everywhere: clusterName, injection path, remote secret, controlPlaneClusters.',
      'cluster1',
      checkLabel,
      LABEL_PATTERN,
    ),
    context: text(
      'Context in the worker’s kubeconfig; the name of the cluster by default.',
      'kind-cluster1',
      checkContext,
    ).optional(),
    apiServer: text(
      'API server as the other clusters reach it; by default the server of the context.',
      'https://172.18.0.3:6443',
      checkApiServer,
      API_SERVER_PATTERN,
    )
      .nullable()
      .default(null)
      .meta({
        description:
          'API server as the other clusters reach it; by default the server of the context.',
      }),
    network: text(
      'Network of the cluster’s pods, one of spec.networks.',
      'network1',
      checkLabel,
      LABEL_PATTERN,
    ),
    controlPlane: z
      .union([
        z.literal('primary').meta({ description: 'The cluster runs a control plane of its own.' }),
        z
          .strictObject({
            remote: text(
              'Cluster whose control plane serves this one.',
              'cluster1',
              checkLabel,
              LABEL_PATTERN,
            ),
            discovery: z.enum(['gateway', 'loadBalancer', 'podIP']).default('gateway').meta({
              description:
                'Way to istiod: the primary’s east-west gateway, a LoadBalancer of istiod’s own, or its pods’ addresses (one network only).',
            }),
            injector: z.enum(['primary', 'local']).default('primary').meta({
              description:
                'Who injects sidecars: the primary’s istiod, or an istiod of this cluster that does nothing else.',
            }),
          })
          .meta({ description: 'The cluster is served by the control plane of another.' }),
      ])
      .meta({
        description: 'Who runs the control plane: primary, or {remote: CLUSTER}.',
        examples: ['primary'],
      }),
    gateways: z
      .array(z.enum(['ingress', 'egress']))
      .default([])
      .meta({
        description:
          'Gateways at the edge of the mesh: ingress is istio-ingressgateway, egress is istio-egressgateway.',
        examples: [['ingress']],
      }),
    values: overlay('Helm values for this cluster, laid over those of the mesh.'),
    meshConfig: overlay('Mesh configuration for this cluster, laid over that of the mesh.'),
  })
  .meta({ description: 'One cluster of the mesh.' });
