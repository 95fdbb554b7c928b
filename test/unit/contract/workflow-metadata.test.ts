import { describe, expect, test } from '@jest/globals';
import {
  MESH_CLUSTERS,
  MESH_NAME,
  MESH_OPERATION,
  MESH_STATE,
} from '../../../contract/search-attributes.ts';
import { workflowMetadata } from '../../../contract/workflow-metadata.ts';
import { aCluster, aMeshSpec } from '../../support/a-mesh-spec.ts';

describe('the metadata of a workflow', () => {
  test('says what it is to a person who knows nothing of it', () => {
    const { staticSummary, staticDetails } = workflowMetadata('install', aMeshSpec(), {
      by: 'ana@laptop',
      reason: 'new region',
    });
    expect(staticSummary).toBe('install mesh1 · 2 clusters on 2 networks · Istio 1.30.4');
    expect(staticDetails).toContain('asked for by ana@laptop: new region');
    expect(staticDetails).toContain('| cluster1\u2003 | network1\u2003 | primary |');
    expect(staticDetails).toContain('| cluster2\u2003 | network2\u2003 | remote of cluster1 |');
  });

  test('makes it findable by mesh, operation, state and cluster', () => {
    const { typedSearchAttributes } = workflowMetadata('plan', aMeshSpec(), {
      by: 'ana@laptop',
      reason: null,
    });
    expect(
      [MESH_NAME, MESH_OPERATION, MESH_STATE].map((key) => typedSearchAttributes.get(key)),
    ).toEqual(['mesh1', 'plan', 'running']);
    expect(typedSearchAttributes.get(MESH_CLUSTERS)).toEqual(['cluster1', 'cluster2']);
  });

  test('stays within what Temporal takes for a mesh of 500 clusters with the longest names', () => {
    const clusters = Array.from({ length: 500 }, (_, index) =>
      aCluster(`c${index}`.padEnd(63, 'x'), 'network1'),
    );
    const metadata = workflowMetadata('install', aMeshSpec({ name: 'm'.repeat(200), clusters }), {
      by: 'ana@laptop',
      reason: null,
    });
    expect(Buffer.byteLength(metadata.staticSummary)).toBeLessThanOrEqual(200);
    expect(Buffer.byteLength(metadata.staticDetails)).toBeLessThanOrEqual(20_000);
    expect(
      (metadata.typedSearchAttributes.get(MESH_CLUSTERS) ?? []).join().length,
    ).toBeLessThanOrEqual(2_048);
  });
});
