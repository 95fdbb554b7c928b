import { setTimeout as pause } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';
import type { TemporalTarget } from './config.ts';
import { beginWait, refuseIfRefused } from './temporal-connection.ts';
import type { Say } from './temporal-connection.ts';

/** Days that the history of a finished operation is kept: it is what `meshwright history` reads. */
export const RETENTION_DAYS = 90;

/** gRPC status NOT_FOUND. */
const NOT_FOUND = 5;
/** PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED: what Temporal Cloud answers to whoever asks its operator service. */
const NOT_FOR_US = [7, 12, 16];
/** DEADLINE_EXCEEDED, UNAVAILABLE: the server has gone away meanwhile. */
const AWAY = [4, 14];

/** Numbers of temporal.api.enums.v1.IndexedValueType, which no package of the SDK exports. */
const INDEXED_VALUE_TYPE = { Keyword: 2, KeywordList: 7 } as const;

/** Time limit of one question, in milliseconds. */
const ASK_MS = 10_000;
/** Pause before asking again, in milliseconds. */
const ASK_AGAIN_MS = 2_000;

/** What a namespace lacks before it can serve a mesh, and the command that adds it; undefined when it lacks nothing. */
export async function namespaceLack(
  connection: NativeConnection,
  target: Pick<TemporalTarget, 'address' | 'namespace'>,
): Promise<{ lack: string; cure: string } | undefined> {
  const { namespace } = target;
  const at = `--address ${target.address}`;
  return connection.withDeadline(Date.now() + ASK_MS, async () => {
    try {
      await connection.workflowService.describeNamespace({ namespace });
    } catch (error) {
      if (!isGrpcServiceError(error) || error.code !== NOT_FOUND) throw error;
      return {
        lack: `namespace "${namespace}" does not exist`,
        cure: `temporal operator namespace create ${at} --namespace ${namespace} --retention ${RETENTION_DAYS}d`,
      };
    }
    const missing = await missingSearchAttributes(connection, namespace);
    if (missing.length === 0) return undefined;
    const names = missing.map(({ key, type }) => `--name ${key.name} --type ${type}`);
    return {
      lack: `namespace "${namespace}" lacks the search attributes ${missing.map(({ key }) => key.name).join(', ')}`,
      cure: `temporal operator search-attribute create ${at} --namespace ${namespace} ${names.join(' ')}`,
    };
  });
}

/** Search attributes of ours that the namespace does not have; none where the server does not tell (Temporal Cloud). */
async function missingSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<(typeof SEARCH_ATTRIBUTES)[number][]> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    return SEARCH_ATTRIBUTES.filter(({ key }) => !Object.hasOwn(customAttributes, key.name));
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    if (NOT_FOR_US.includes(error.code)) return [];
    // a namespace made a second ago is not known to all parts of the server yet
    if (error.code === NOT_FOUND) return [...SEARCH_ATTRIBUTES];
    throw error;
  }
}

/** Waits until the namespace has all it needs, saying what is missing and the command that adds it. */
export async function awaitNamespace(
  connection: NativeConnection,
  target: TemporalTarget,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const wait = beginWait(say);
  for (;;) {
    try {
      const found = await namespaceLack(connection, target);
      if (found === undefined) return wait.over(`namespace "${target.namespace}" has all it needs`);
      wait.goesOn(`waiting: ${found.lack}\n  run: ${found.cure}`);
    } catch (error) {
      refuseIfRefused(error, target);
      if (!isGrpcServiceError(error) || !AWAY.includes(error.code)) throw error;
      wait.goesOn(`waiting for Temporal at ${target.address}: ${error.details}`);
    }
    await pause(ASK_AGAIN_MS, undefined, { signal });
  }
}

/** Gives a namespace of our own dev server what it lacks: search attributes added since its database was made, long retention. */
export async function prepareNamespace(
  connection: NativeConnection,
  namespace: string,
): Promise<void> {
  await connection.withDeadline(Date.now() + ASK_MS, async () => {
    const missing = await missingSearchAttributes(connection, namespace);
    if (missing.length > 0) {
      const searchAttributes = Object.fromEntries(
        missing.map(({ key, type }) => [key.name, INDEXED_VALUE_TYPE[type]]),
      );
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    }
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(RETENTION_DAYS * 86_400_000) },
    });
  });
}
