import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { MESH_STATE } from '../contract/search-attributes.ts';
import { syncDetails } from './sync-details.ts';
import type { SyncBoard } from './sync-board.ts';

/**
 * Answers a function that shows what is followed: as current details, which cost no event in history, and as search attribute when a person
 * has to do something, which costs one and is therefore written only when it differs.
 */
export function syncPublisher(board: SyncBoard): (end?: 'ended') => void {
  let known: string | undefined = workflowInfo().typedSearchAttributes.get(MESH_STATE);
  return (end) => {
    const status = board.status();
    setCurrentDetails(syncDetails(status));
    const state =
      end === 'ended' ? 'succeeded' : status.state === 'blocked' ? 'blocked' : 'running';
    if (state === known) return;
    known = state;
    upsertSearchAttributes([{ key: MESH_STATE, value: state }]);
  };
}
