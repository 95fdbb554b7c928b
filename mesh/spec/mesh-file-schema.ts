import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { DURATION_PATTERN } from './duration.ts';
import type { TextFault } from './text-checks.ts';
import {
  API_SERVER_PATTERN,
  checkApiServer,
  checkContext,
  checkDuration,
  checkHub,
  checkImage,
  checkLabel,
  checkMeshId,
  checkRevision,
  checkTag,
  checkTrustDomain,
  checkVersion,
  LABEL_PATTERN,
  LABEL_VALUE_PATTERN,
  VERSION_PATTERN,
} from './text-checks.ts';

/** A text field: what it means, an example for the one who left it out, and the check that says what is wrong. */
function text(description: string, example: string, check: (value: string) => TextFault, pattern?: string) {
  return z
    .string()
    .superRefine((value, context) => {
      const fault = check(value);
      if (fault !== null) context.addIssue({ code: 'custom', message: fault.message, params: { cure: fault.cure } });
    })
    .meta({ description, examples: [example], ...(pattern === undefined ? {} : { pattern }) });
}

function overlay(description: string) {
  return (
    z
      .record(z.string(), z.unknown())
      // Everything a YAML file holds is JSON: yaml-document.ts refuses what is not.
      .transform((value) => value as JsonObject)
      .prefault({})
      .meta({ description })
  );
}

function duration(description: string, byDefault: string) {
  return text(description, byDefault, checkDuration, DURATION_PATTERN).default(byDefault);
}

const resourceSchema = z
  .looseObject({
    apiVersion: z.string().meta({ description: 'Group and version.', examples: ['networking.istio.io/v1'] }),
    kind: z.string().meta({ description: 'Kind, e.g. DestinationRule.', examples: ['DestinationRule'] }),
    metadata: z
      .strictObject({
        name: z.string().min(1).meta({ description: 'Name of the object.', examples: ['default'] }),
        namespace: z
          .string()
          .optional()
          .meta({ description: 'Namespace; only the system namespace is allowed, and it is the default.' }),
        labels: z.record(z.string(), z.string()).optional().meta({ description: 'Labels.' }),
        annotations: z.record(z.string(), z.string()).optional().meta({ description: 'Annotations.' }),
      })
      .meta({ description: 'Name, labels and annotations.' }),
  })
  .meta({ description: 'An Istio object.' });

const istioSchema = z
  .strictObject({
    version: text(
      'Exact Istio release, in quotes; the worker needs the istioctl of this version.',
      '1.30.4',
      checkVersion,
      VERSION_PATTERN,
    ),
    namespace: text('System namespace, the same in all clusters.', 'istio-system', checkLabel, LABEL_PATTERN).default(
      'istio-system',
    ),
    revision: text('Control plane revision; without it the default one is installed.', 'canary', checkRevision, LABEL_PATTERN)
      .nullable()
      .default(null)
      .meta({ description: 'Control plane revision; without it the default one is installed.' }),
    hub: text('Image registry; without it that of the release.', 'docker.io/istio', checkHub)
      .nullable()
      .default(null)
      .meta({ description: 'Image registry; without it that of the release.' }),
    tag: text('Image tag; without it that of the release.', '1.30.4-distroless', checkTag)
      .nullable()
      .default(null)
      .meta({ description: 'Image tag; without it that of the release.' }),
    values: overlay('Helm values laid over those of every cluster.'),
    meshConfig: overlay('Mesh configuration laid over that of every cluster.'),
    resources: z
      .array(resourceSchema)
      .default([])
      .meta({ description: 'Istio objects for the system namespace of every primary, applied with its control plane.' }),
  })
  .meta({ description: 'The Istio release and what is laid over its defaults.' });

const clusterSchema = z
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
      .meta({ description: 'API server as the other clusters reach it; by default the server of the context.' }),
    network: text('Network of the cluster’s pods, one of spec.networks.', 'network1', checkLabel, LABEL_PATTERN),
    controlPlane: z
      .union([
        z.literal('primary').meta({ description: 'The cluster runs a control plane of its own.' }),
        z
          .strictObject({
            remote: text('Cluster whose control plane serves this one.', 'cluster1', checkLabel, LABEL_PATTERN),
          })
          .meta({ description: 'The cluster is served by the control plane of another.' }),
      ])
      .meta({ description: 'Who runs the control plane: primary, or {remote: CLUSTER}.', examples: ['primary'] }),
    values: overlay('Helm values for this cluster, laid over those of the mesh.'),
    meshConfig: overlay('Mesh configuration for this cluster, laid over that of the mesh.'),
  })
  .meta({ description: 'One cluster of the mesh.' });

const networkSchema = z
  .strictObject({
    gateways: z
      .enum(['discovered', 'meshNetworks'])
      .default('discovered')
      .meta({
        description: 'How other networks find its gateways: by label, or listed in the mesh networks of ConfigMap istio.',
      }),
  })
  .meta({ description: 'One network: its pods reach each other directly, others come through a gateway.' });

const timeoutsSchema = z
  .strictObject({
    gatewayAddress: duration('Address of a LoadBalancer.', '10m'),
    controlPlane: duration('istiod ready and injecting.', '5m'),
    clusterSync: duration('Remote cluster synced and injecting.', '5m'),
    gatewayReady: duration('Pods of an east-west gateway ready.', '5m'),
    verify: duration('All pairs of clusters answering each other.', '3m'),
  })
  .meta({ description: 'Limits of waits; a wait that passes its limit blocks its step and nothing else.' });

const trustSchema = z
  .strictObject({
    source: z
      .enum(['generated', 'existing'])
      .default('generated')
      .meta({
        description: 'generated: meshwright makes the root CA. existing: every cluster holds cacerts under one root already.',
      }),
    home: text('Cluster whose Secret keeps the root’s key.', 'cluster1', checkLabel, LABEL_PATTERN)
      .nullable()
      .default(null)
      .meta({
        description: 'Cluster whose Secret keeps the key of a generated root; without it the key stays on the worker alone.',
      }),
  })
  .meta({ description: 'Where the root CA comes from.' });

const verifySchema = z
  .strictObject({
    image: text('Image with sh, httpd and wget of busybox.', 'busybox:1.37', checkImage).default('busybox:1.37'),
    requests: z
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .meta({ description: 'Requests from each cluster’s client at least.' }),
  })
  .meta({ description: 'How traffic is verified.' });

/** A mesh file, key by key; what several fields must agree on is checked by the rules beside this file. */
export const meshFileSchema = z
  .strictObject({
    apiVersion: z.literal('meshwright.dev/v1alpha1').meta({
      description: 'Version of this format.',
      examples: ['meshwright.dev/v1alpha1'],
    }),
    kind: z.literal('Mesh').meta({ description: 'Always Mesh.', examples: ['Mesh'] }),
    metadata: z
      .strictObject({
        name: text('Name of the mesh; its operations are the workflows mesh-<name>.', 'prod', checkLabel, LABEL_PATTERN),
      })
      .meta({ description: 'Name of the mesh.' }),
    spec: z
      .strictObject({
        meshID: text('Istio’s meshID; the name of the mesh by default.', 'prod', checkMeshId, LABEL_VALUE_PATTERN).optional(),
        trustDomain: text('SPIFFE trust domain.', 'cluster.local', checkTrustDomain).default('cluster.local'),
        istio: istioSchema,
        trust: trustSchema.prefault({}),
        networks: z
          .record(
            text('Name of a network.', 'network1', checkLabel, LABEL_PATTERN),
            networkSchema.nullable().transform((network) => network ?? { gateways: 'discovered' as const }),
          )
          .meta({ description: 'Networks by name.' }),
        clusters: z.array(clusterSchema).min(1).meta({ description: 'Clusters of the mesh, at least one.' }),
        timeouts: timeoutsSchema.prefault({}),
        verify: verifySchema.prefault({}),
      })
      .meta({ description: 'The mesh.' }),
  })
  .meta({ title: 'Mesh', description: 'A meshwright mesh file.' });

/** A mesh file after validation, before it becomes a MeshSpec. */
export type MeshFile = z.output<typeof meshFileSchema>;
