import { z } from 'zod';
import { overlay, text } from './schema-fields.ts';
import {
  checkHub,
  checkLabel,
  checkRevision,
  checkTag,
  checkVersion,
  LABEL_PATTERN,
  VERSION_PATTERN,
} from './text-checks.ts';

const resourceSchema = z
  .looseObject({
    apiVersion: z
      .string()
      .meta({ description: 'Group and version.', examples: ['networking.istio.io/v1'] }),
    kind: z
      .string()
      .meta({ description: 'Kind, e.g. DestinationRule.', examples: ['DestinationRule'] }),
    metadata: z
      .strictObject({
        name: z
          .string()
          .min(1)
          .meta({ description: 'Name of the object.', examples: ['default'] }),
        namespace: z.string().optional().meta({
          description: 'Namespace; only the system namespace is allowed, and it is the default.',
        }),
        labels: z.record(z.string(), z.string()).optional().meta({ description: 'Labels.' }),
        annotations: z
          .record(z.string(), z.string())
          .optional()
          .meta({ description: 'Annotations.' }),
      })
      .meta({ description: 'Name, labels and annotations.' }),
  })
  .meta({ description: 'An Istio object.' });

/** `spec.istio`. */
export const istioSchema = z
  .strictObject({
    version: text(
      'Exact Istio release, in quotes; the worker needs the istioctl of this version.',
      '1.30.4',
      checkVersion,
      VERSION_PATTERN,
    ),
    namespace: text(
      'System namespace, the same in all clusters.',
      'istio-system',
      checkLabel,
      LABEL_PATTERN,
    ).default('istio-system'),
    revision: text(
      'Control plane revision; without it the default one is installed.',
      'canary',
      checkRevision,
      LABEL_PATTERN,
    )
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
    resources: z.array(resourceSchema).default([]).meta({
      description:
        'Istio objects for the system namespace of every primary, applied with its control plane.',
    }),
  })
  .meta({ description: 'The Istio release and what is laid over its defaults.' });
