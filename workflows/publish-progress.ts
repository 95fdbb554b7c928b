import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { MESH_BLOCKED_STEPS, MESH_STATE } from '../contract/search-attributes.ts';
import { currentDetails } from './current-details.ts';
import type { ProgressBoard } from './progress-board.ts';

/** A list of keywords may hold 2,048 bytes; ids are ASCII. */
const BLOCKED_BYTES = 2_000;

/**
 * Answers a function that shows the board: as current details, which cost no event in history, and as search attributes,
 * which cost one and are therefore written only when they differ from what is known.
 */
export function progressPublisher(board: ProgressBoard): () => void {
  const known = workflowInfo().typedSearchAttributes;
  let state: string | undefined = known.get(MESH_STATE);
  let blocked = (known.get(MESH_BLOCKED_STEPS) ?? []).join();
  let version = -1;
  return () => {
    if (board.version === version) return;
    version = board.version;
    setCurrentDetails(currentDetails(board.progress(), board.decisions.taken));
    const nextState = board.state();
    const nextBlocked = blockedSteps(board);
    const changed = [
      ...(nextState === state ? [] : [{ key: MESH_STATE, value: nextState }]),
      ...(nextBlocked.join() === blocked
        ? []
        : [{ key: MESH_BLOCKED_STEPS, value: nextBlocked.length === 0 ? null : nextBlocked }]),
    ];
    state = nextState;
    blocked = nextBlocked.join();
    if (changed.length > 0) upsertSearchAttributes(changed);
  };
}

function blockedSteps(board: ProgressBoard): string[] {
  let bytes = 0;
  const ids = board.steps().flatMap((step) => (step.state === 'blocked' ? [step.id] : []));
  return ids.filter((id) => (bytes += id.length + 1) <= BLOCKED_BYTES);
}
