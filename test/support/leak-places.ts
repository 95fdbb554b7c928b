import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Place } from './secret-scan.ts';

const { History } = proto.temporal.api.history.v1;
const { DescribeWorkflowExecutionResponse } = proto.temporal.api.workflowservice.v1;

/** Bytes of JSON become text: payloads hold JSON, and a secret in them must be seen as it is. */
function readable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner instanceof Uint8Array) return Buffer.from(inner).toString('latin1');
    return typeof inner === 'bigint' ? String(inner) : inner;
  });
}

/**
 * Everything Temporal tells of its workflows: their histories, and their descriptions with memo, search attributes, heartbeats and last
 * failures of pending activities. Each as JSON with decoded payloads and as the bytes of its protobuf message.
 */
export async function temporalPlaces(client: Client): Promise<Place[]> {
  const places: Place[] = [];
  for await (const { workflowId, runId, memo, searchAttributes } of client.workflow.list()) {
    const id = `${workflowId} ${runId.slice(0, 13)}`;
    const handle = client.workflow.getHandle(workflowId, runId);
    const history = await handle.fetchHistory();
    const { raw } = await handle.describe();
    places.push(
      { where: `history of ${id}`, bytes: Buffer.from(readable(history)) },
      {
        where: `history of ${id} (protobuf)`,
        bytes: Buffer.from(History.encode(history).finish()),
      },
      { where: `description of ${id}`, bytes: Buffer.from(readable(raw)) },
      {
        where: `description of ${id} (protobuf)`,
        bytes: Buffer.from(DescribeWorkflowExecutionResponse.encode(raw).finish()),
      },
      {
        where: `visibility of ${id}`,
        bytes: Buffer.from(JSON.stringify({ memo, searchAttributes })),
      },
    );
  }
  return places;
}

/** Every file of a folder and the folders in it; none when there is no such folder. */
export function filePlaces(
  folder: string,
  wanted: (path: string) => boolean = () => true,
): Place[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true)
    .filter(wanted)
    .map((name) => ({ where: join(folder, name), bytes: readFileSync(join(folder, name)) }));
}

/** The database of a dev server, with what SQLite keeps beside it: write-ahead log and shared memory. */
export function databasePlaces(home: string): Place[] {
  return filePlaces(home, (name) => name.startsWith('temporal.db'));
}

/** Words that every process of this machine was started with. */
export function processPlaces(): Place[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [
        { where: `arguments of process ${pid}`, bytes: readFileSync(`/proc/${pid}/cmdline`) },
      ];
    } catch {
      // it has ended
      return [];
    }
  });
}
