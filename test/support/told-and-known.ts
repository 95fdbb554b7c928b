import { expect } from '@jest/globals';
import { readHistory } from '../../client/history/read-history.ts';
import type { MeshProgress } from '../../contract/mesh-status.ts';
import { progressOf } from './install-run.ts';
import type { Handle } from './install-run.ts';

/** Where an operation stands, from two sources. */
type ToldAndKnown = {
  /** As its history tells without a worker. */
  told: MeshProgress | undefined;
  /** As the workflow's own board has it. */
  known: MeshProgress;
};

/** Reads where an operation stands from both; times are taken out, for events bear Temporal's and the board has the workflow's. */
async function toldAndKnown(handle: Handle): Promise<ToldAndKnown> {
  const known = await progressOf(handle);
  const { events } = await handle.fetchHistory();
  const record = readHistory(events ?? [], handle.workflowId, known.operation.runId);
  return {
    told: record === null ? undefined : withoutTimes(record.progress),
    known: withoutTimes(known),
  };
}

function withoutTimes(progress: MeshProgress): MeshProgress {
  const text = JSON.stringify(progress);
  return JSON.parse(text.replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/gu, '"<time>"')) as MeshProgress;
}

/** Expects the history of an operation to tell the same as its board. */
export async function expectHistoryToTellIt(operation: Handle): Promise<void> {
  const { told, known } = await toldAndKnown(operation);
  expect(told).toEqual(known);
}
