import { z } from 'zod';
import { clusterSchema } from './cluster-schema.ts';
import { exportSchema } from './export-schema.ts';
import { istioSchema } from './istio-schema.ts';
import { duration, text } from './schema-fields.ts';
import {
  checkImage,
  checkLabel,
  checkMeshId,
  checkMeshName,
  checkTrustDomain,
  LABEL_PATTERN,
  LABEL_VALUE_PATTERN,
  MESH_NAME_PATTERN,
} from './text-checks.ts';

const networkSchema = z
  .strictObject({
    gateways: z.enum(['discovered', 'meshNetworks']).default('discovered').meta({
      description:
        'How other networks find its gateways: by label, or listed in the mesh networks of ConfigMap istio.',
    }),
  })
  .meta({
    description: 'One network: its pods reach each other directly, others come through a gateway.',
  });

const timeoutsSchema = z
  .strictObject({
    gatewayAddress: duration('Address of a LoadBalancer.', '10m'),
    controlPlane: duration('istiod ready and injecting.', '5m'),
    clusterSync: duration('Remote cluster synced and injecting.', '5m'),
    gatewayReady: duration('Pods of an east-west gateway ready.', '5m'),
    verify: duration('All pairs of clusters answering each other.', '3m'),
  })
  .meta({
    description: 'Limits of waits; a wait that passes its limit blocks its step and nothing else.',
  });

const trustSchema = z
  .strictObject({
    source: z.enum(['generated', 'existing']).default('generated').meta({
      description:
        'generated: meshwright makes the root CA. existing: every cluster holds cacerts under one root already.',
    }),
    home: text('Cluster whose Secret keeps the root’s key.', 'cluster1', checkLabel, LABEL_PATTERN)
      .nullable()
      .default(null)
      .meta({
        description:
          'Cluster whose Secret keeps the key of a generated root; without it the key stays on the worker alone.',
      }),
  })
  .meta({ description: 'Where the root CA comes from.' });

const verifySchema = z
  .strictObject({
    image: text('Image with sh, httpd and wget of busybox.', 'busybox:1.37', checkImage).default(
      'busybox:1.37',
    ),
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
        name: text(
          'Name of the mesh; its operations are the workflows mesh-<name>.',
          'prod',
          checkMeshName,
          MESH_NAME_PATTERN,
        ),
      })
      .meta({ description: 'Name of the mesh.' }),
    spec: z
      .strictObject({
        meshID: text(
          'Istio’s meshID; the name of the mesh by default.',
          'prod',
          checkMeshId,
          LABEL_VALUE_PATTERN,
        ).optional(),
        trustDomain: text('SPIFFE trust domain.', 'cluster.local', checkTrustDomain).default(
          'cluster.local',
        ),
        topology: z.enum(['multicluster', 'replicated']).default('multicluster').meta({
          description:
            'multicluster: every control plane knows all clusters. replicated: each knows its own; exports are called through gateways.',
        }),
        nameResolution: z.enum(['cluster', 'stubServices', 'dnsCapture']).default('cluster').meta({
          description:
            'How pods find services that exist in other clusters only: not at all, by stub Services, or by the sidecar’s DNS.',
        }),
        exports: z
          .array(exportSchema)
          .default([])
          .meta({ description: 'Services of a replicated mesh that other clusters may call.' }),
        istio: istioSchema,
        trust: trustSchema.prefault({}),
        networks: z
          .record(
            text('Name of a network.', 'network1', checkLabel, LABEL_PATTERN),
            networkSchema
              .nullable()
              .transform((network) => network ?? { gateways: 'discovered' as const }),
          )
          .meta({ description: 'Networks by name.' }),
        clusters: z
          .array(clusterSchema)
          .min(1)
          .meta({ description: 'Clusters of the mesh, at least one.' }),
        timeouts: timeoutsSchema.prefault({}),
        verify: verifySchema.prefault({}),
      })
      .meta({ description: 'The mesh.' }),
  })
  .meta({ title: 'Mesh', description: 'A meshwright mesh file.' });

/** A mesh file after validation, before it becomes a MeshSpec. */
export type MeshFile = z.output<typeof meshFileSchema>;
