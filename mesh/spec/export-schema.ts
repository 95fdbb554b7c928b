import { z } from 'zod';
import { text } from './schema-fields.ts';
import { checkLabel, LABEL_PATTERN } from './text-checks.ts';

/** One entry of `spec.exports`. */
export const exportSchema = z
  .strictObject({
    cluster: text('Cluster that owns the service.', 'cluster2', checkLabel, LABEL_PATTERN),
    namespace: text('Namespace of the service.', 'bar', checkLabel, LABEL_PATTERN),
    service: text('Name of the Kubernetes Service.', 'httpbin', checkLabel, LABEL_PATTERN),
    to: z
      .array(text('Cluster that may call it.', 'cluster1', checkLabel, LABEL_PATTERN))
      .min(1)
      .optional()
      .meta({ description: 'Clusters that may call it; all others by default.' }),
    through: z.enum(['direct', 'egressGateway']).default('direct').meta({
      description:
        'direct: callers go to the owner’s gateway. egressGateway: through the egress gateway of their own cluster.',
    }),
    address: z
      .ipv4()
      .nullable()
      .default(null)
      .meta({
        description:
          'Address that the name stands for, of 240.0.0.0/4; by default one that follows from the name.',
        examples: ['240.0.0.2'],
      }),
    subsets: z
      .record(
        text('Name of a subset.', 'v1', checkLabel, LABEL_PATTERN),
        z.record(z.string(), z.string()).meta({ description: 'Labels of the pods.' }),
      )
      .default({})
      .meta({
        description: 'Versions that callers can choose: labels of the owner’s pods by subset name.',
      }),
  })
  .meta({ description: 'A service that other clusters may call as SERVICE.NAMESPACE.global.' });
