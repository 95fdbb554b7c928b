import type { IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import type { V1Status } from '@kubernetes/client-node';
import type WebSocket from 'ws';
import { MeshFailure } from '../../mesh/failure.ts';
import type { JsonValue } from '../../mesh/json.ts';
import type { ExecResult } from '../ports/cluster.ts';
import { removeCredential } from '../attempt/redact-secrets.ts';
import { type ApiConnection, statusOf } from './api-connection.ts';
import type { ApiCredentials } from './api-credentials.ts';
import type { Intent } from './api-failure.ts';
import { failureOfAnswer } from './api-failure.ts';
import { failureOfError } from './connection-failure.ts';
import { openExec } from './exec-client.ts';
import { withinLimit } from './within-limit.ts';

/** Kept of each output, in bytes; the rest is dropped, the command goes on. */
const OUTPUT_LIMIT_BYTES = 1024 * 1024;

/** Container a command runs in. */
export type ExecTarget = {
  /** Namespace of the pod. */
  namespace: string;
  /** Name of the pod. */
  name: string;
  /** Name of the container. */
  container: string;
};

/**
 * Runs a command in a container over a WebSocket. The pool's HTTP/2 connections cannot be upgraded, so each command opens a
 * connection of its own.
 * @throws MeshFailure, among them WaitTimedOut when the command does not end within the limit; or the reason of `signal`.
 */
export async function execInPod(
  connection: ApiConnection,
  pod: ExecTarget,
  command: string[],
  limitMs: number,
  signal?: AbortSignal,
): Promise<ExecResult> {
  const target = `Pod ${pod.namespace}/${pod.name} (container ${pod.container})`;
  const credentials = await connection.credentials();
  const intent = {
    ...connection.intentOf({ verb: 'exec', target }),
    server: credentials.context.server,
  };
  return withinLimit(
    limitMs,
    signal,
    (limited) => converse(credentials, pod, command, intent, limited),
    () =>
      new MeshFailure(
        'WaitTimedOut',
        `${intent.cluster}: "${command.join(' ').slice(0, 80)}" in ${target} did not end within ${limitMs / 1_000} s`,
        { cluster: intent.cluster, object: target, verb: 'exec' },
      ),
  );
}

async function converse(
  credentials: ApiCredentials,
  pod: ExecTarget,
  command: string[],
  intent: Intent,
  signal: AbortSignal,
): Promise<ExecResult> {
  const stdout = new BoundedOutput();
  const stderr = new BoundedOutput();
  let socket: WebSocket | null = null;
  const hangUp = (): void => socket?.terminate();
  try {
    return await new Promise((resolve, reject) => {
      const listen = (opened: WebSocket): void => {
        socket = opened;
        signal.addEventListener('abort', hangUp, { once: true });
        // Without this listener a refusal would be an error without what the API server said.
        opened.on('unexpected-response', (_, answer: IncomingMessage) => {
          void readAnswer(answer, credentials.token).then(
            (body) => reject(failureOfAnswer(intent, answer.statusCode ?? 0, statusOf(body))),
            (error: unknown) => reject(failureOfError(intent, error)),
          );
        });
        opened.on('error', (error) => reject(failureOfError(intent, error)));
        opened.on('close', (code) => reject(closedEarly(intent, code)));
        // The limit may have passed while the library was loaded.
        if (signal.aborted) hangUp();
      };
      // The status comes after all output.
      const onStatus = (status: V1Status): void => {
        const ended = exitOf(status, intent);
        if (ended instanceof Error) reject(ended);
        else resolve({ stdout: stdout.text(), stderr: stderr.text(), ...ended });
      };
      openExec(credentials, listen)
        .then((exec) =>
          exec.exec(
            encodeURIComponent(pod.namespace),
            encodeURIComponent(pod.name),
            pod.container,
            command,
            stdout,
            stderr,
            null,
            false,
            onStatus,
          ),
        )
        .catch((error: unknown) => reject(failureOfError(intent, error)));
    });
  } finally {
    signal.removeEventListener('abort', hangUp);
    hangUp();
  }
}

function closedEarly(intent: Intent, code: number): MeshFailure {
  return new MeshFailure(
    'ClusterUnreachable',
    `${intent.cluster}: the connection to ${intent.target} closed (${code}) before the command ended`,
    { cluster: intent.cluster, object: intent.target, verb: 'exec' },
  );
}

/** Success, or NonZeroExitCode with the code among the causes. */
function exitOf(status: V1Status, intent: Intent): { exitCode: number } | MeshFailure {
  if (status.status === 'Success') return { exitCode: 0 };
  const exitCode = status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && exitCode !== undefined)
    return { exitCode: Number(exitCode) };
  // The kubelet could not run the command: the container is starting, gone, or has no such program.
  return failureOfAnswer(intent, 500, {
    ...(status.message === undefined ? {} : { message: status.message }),
  });
}

async function readAnswer(answer: IncomingMessage, token: string | null): Promise<JsonValue> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > OUTPUT_LIMIT_BYTES) break;
  }
  try {
    return JSON.parse(removeCredential(text, token)) as JsonValue;
  } catch {
    return null;
  }
}

class BoundedOutput extends Writable {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor() {
    super();
    // The library ends it with the status; what a server sends later is dropped.
    this.on('error', () => undefined);
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    const kept = chunk.subarray(0, Math.max(0, OUTPUT_LIMIT_BYTES - this.bytes));
    this.bytes += kept.length;
    this.chunks.push(kept);
    done();
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}
