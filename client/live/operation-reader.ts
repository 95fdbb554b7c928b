import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { decodePayloads } from '../../codec/decode-payloads.ts';
import { payloadKeysFailureIn } from '../../codec/payload-keys.ts';
import { mergeProgress } from '../../contract/merge-status.ts';
import type { MeshProgress } from '../../contract/mesh-status.ts';
import { PROGRESS_QUERY } from '../../contract/messages.ts';
import { ClientFailure } from '../client-failure.ts';
import { withLimit } from '../connection.ts';
import type { TemporalAccess } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { ENDED_STATES } from '../history/operation-record.ts';
import type { OperationRecord } from '../history/operation-record.ts';
import { fetchNextRun, fetchRecord } from '../history/fetch-record.ts';
import { readWorkerPresence } from '../worker-presence.ts';
import { failingTask, readClosed, readPending, waitsSince } from './read-pending.ts';
import type { Snapshot } from './snapshot.ts';

/** A server that is away is noticed after this long, in milliseconds; until then the client retries by itself. */
const DESCRIBE_MS = 3_000;
/** A query needs a worker that answers; without one it would take until its time limit, in milliseconds. */
const QUERY_MS = 2_000;

/**
 * Reads snapshots of one operation, from run to run where it goes on in several. Asks the workflow when its history has grown, and reads the history itself when no worker
 * answers, so that a snapshot can be had as long as Temporal is there.
 */
export class OperationReader {
  readonly #access: TemporalAccess;
  #handle: WorkflowHandle;
  #run: { workflowId: string; runId: string };
  #known: { progress: MeshProgress; length: number; asked: boolean } | null = null;
  #record: { record: OperationRecord; length: number } | null = null;

  /** Begins with a run of the operation; nothing is asked yet. */
  constructor(access: TemporalAccess, workflowId: string, runId: string) {
    this.#access = access;
    this.#run = { workflowId, runId };
    this.#handle = access.client.workflow.getHandle(workflowId, runId);
  }

  /**
   * Reads a snapshot; `again` is a second look, at an operation that ended during the first.
   * @throws {ServiceError} when Temporal does not answer, see isAway
   * @throws {WorkflowNotFoundError} when there is no such run
   */
  async read(again = false): Promise<Snapshot> {
    const description = await this.#describe();
    const now = Date.now();
    const since = waitsSince(description, now);
    const closed = readClosed(description);
    const progress = await this.#progress(description, since !== null);
    // It ended between the two questions: only a look after its end knows why.
    if (closed === null && ENDED_STATES.has(progress.operation.state) && !again)
      return this.read(true);
    const pending = readPending(description);
    const failed = closed !== null && closed.state === 'failed';
    return {
      progress: mergeProgress(progress, [...pending.values()], closed),
      pending,
      failure: failed ? (await this.#recordAt(description.historyLength)).failure : null,
      waitsForWorker: closed === null ? await this.#waitsForWorker(since, progress, now) : null,
      failingTaskAttempt: closed === null ? failingTask(description) : null,
    };
  }

  /** Describes the run that is at work, or was the last. */
  async #describe(): Promise<WorkflowExecutionDescription> {
    for (;;) {
      const { workflowId, runId } = this.#run;
      const description = await withLimit(this.#access, () => this.#handle.describe(), DESCRIBE_MS);
      if (description.status.name !== 'CONTINUED_AS_NEW') {
        await decodePayloads(this.#access.codec, description.raw.pendingActivities);
        return description;
      }
      const next = await fetchNextRun(this.#access, workflowId, runId);
      if (next === null) return description;
      this.#run = { workflowId, runId: next };
      this.#handle = this.#access.client.workflow.getHandle(workflowId, next);
      this.#known = null;
      this.#record = null;
    }
  }

  /** A task that is not taken up, or a question without an answer, makes one ask who polls. */
  async #waitsForWorker(
    since: string | null,
    progress: MeshProgress,
    now: number,
  ): Promise<Snapshot['waitsForWorker']> {
    if (since === null && this.#known?.asked === true) return null;
    const presence = await readWorkerPresence(this.#access, now);
    if (since === null && presence.polls) return null;
    return { since: since ?? presence.lastSeen ?? progress.operation.startedAt, presence };
  }

  async #progress(
    { historyLength: length }: WorkflowExecutionDescription,
    unattended: boolean,
  ): Promise<MeshProgress> {
    // what was read from history is exact only while nothing happened since; a worker that is back knows better
    if (this.#known?.length === length && (this.#known.asked || unattended))
      return this.#known.progress;
    const asked = unattended ? null : await this.#ask();
    const progress = asked ?? (await this.#recordAt(length)).progress;
    this.#known = { progress, length, asked: asked !== null };
    return progress;
  }

  /** The workflow's own answer; null when no worker gives it. */
  async #ask(): Promise<MeshProgress | null> {
    try {
      return await withLimit(
        this.#access,
        () => this.#handle.query<MeshProgress>(PROGRESS_QUERY),
        QUERY_MS,
      );
    } catch (error) {
      const unreadable = payloadKeysFailureIn(error);
      if (unreadable !== undefined) throw unreadable;
      // whether Temporal itself is away is found out by the call after this one; anything else means that no worker answers
      return null;
    }
  }

  async #recordAt(length: number): Promise<OperationRecord> {
    if (this.#record?.length === length) return this.#record.record;
    const { workflowId, runId } = this.#run;
    const record = await fetchRecord(this.#access, workflowId, runId);
    if (record === null) {
      throw new ClientFailure(
        EXIT.failed,
        `workflow ${workflowId} is not an operation of meshwright`,
      );
    }
    this.#record = { record, length };
    return record;
  }
}
