import { expect } from '@jest/globals';

/** Fields of a status as `status -o json` prints it, in their order; scripts are promised them. */
const FIELDS = {
  status: ['apiVersion', 'kind', 'mesh', 'operation', 'steps', 'clusters', 'sync'],
  operation: ['kind', 'workflowId', 'runId', 'state', 'startedAt', 'finishedAt'],
  step: ['id', 'cluster', 'kind', 'title', 'state', 'attempts', 'since', 'reason'],
  cluster: ['name', 'network', 'role', 'gatewayAddresses', 'ingressAddresses', 'controlPlane'],
};

/** Expects a status with at least one step and one cluster to have exactly the promised fields. */
export function expectStatusFields(status: object): void {
  const { operation, steps, clusters } = status as {
    operation: object;
    steps: object[];
    clusters: object[];
  };
  expect(Object.keys(status)).toEqual(FIELDS.status);
  expect(Object.keys(operation)).toEqual(FIELDS.operation);
  expect(Object.keys(steps[0] ?? {})).toEqual(FIELDS.step);
  expect(Object.keys(clusters[0] ?? {})).toEqual(FIELDS.cluster);
}
