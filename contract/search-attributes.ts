import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Name of the mesh. */
export const MESH_NAME = defineSearchAttributeKey('MeshName', SearchAttributeType.KEYWORD);
/** Kind of operation: install, uninstall, verify, plan, sync. */
export const MESH_OPERATION = defineSearchAttributeKey(
  'MeshOperation',
  SearchAttributeType.KEYWORD,
);
/** State of the operation: running, blocked, paused, succeeded, failed, canceled. */
export const MESH_STATE = defineSearchAttributeKey('MeshState', SearchAttributeType.KEYWORD);
/** Ids of the blocked steps, so that `MeshState="blocked"` lists what waits for a person. */
export const MESH_BLOCKED_STEPS = defineSearchAttributeKey(
  'MeshBlockedSteps',
  SearchAttributeType.KEYWORD_LIST,
);
/** Names of the mesh's clusters. */
export const MESH_CLUSTERS = defineSearchAttributeKey(
  'MeshClusters',
  SearchAttributeType.KEYWORD_LIST,
);

/** Every search attribute with the type name that `temporal operator search-attribute create` takes. */
export const SEARCH_ATTRIBUTES = [
  { key: MESH_NAME, type: 'Keyword' },
  { key: MESH_OPERATION, type: 'Keyword' },
  { key: MESH_STATE, type: 'Keyword' },
  { key: MESH_BLOCKED_STEPS, type: 'KeywordList' },
  { key: MESH_CLUSTERS, type: 'KeywordList' },
] as const;
