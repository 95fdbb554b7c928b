import { readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { OperationRun } from '../../client/history/read-chain.ts';
import { tellOperation } from '../../client/history/tell-story.ts';
import type { ToldOperation } from '../../client/history/tell-story.ts';

/** A history that was recorded for replay, as the one run of an operation. */
export function recordedRun(shape: string, runId = 'run1'): OperationRun {
  const file = new URL(`../replay/histories/${shape}.json`, import.meta.url);
  const { events } = historyFromJSON(JSON.parse(readFileSync(file, 'utf8')));
  return { workflowId: 'mesh-mesh1', runId, events: events ?? [] };
}

/** What a recorded history tells. */
export function toldOf(shape: string): ToldOperation {
  const told = tellOperation([recordedRun(shape)]);
  if (told === null) throw new Error(`${shape} is no operation of ours`);
  return told;
}
