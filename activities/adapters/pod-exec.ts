import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { MeshFailure } from '../../mesh/failure.ts';
import type { JsonValue } from '../../mesh/json.ts';
import type { ExecResult } from '../ports/cluster.ts';
import type { ApiConnection } from './api-connection.ts';
import { statusOf } from './api-connection.ts';
import type { Intent } from './api-failure.ts';
import { failureOfAnswer } from './api-failure.ts';
import { failureOfError } from './connection-failure.ts';
import { tlsOptionsOf } from './connection-pool.ts';
import { withinLimit } from './within-limit.ts';

/** Protocol of kubectl since 1.30: like v4, and it can close single streams. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** First byte of every frame. */
const CHANNEL = { stdout: 1, stderr: 2, status: 3 };
/** Kept of each output, in bytes; the rest is dropped, the command goes on. */
const OUTPUT_LIMIT_BYTES = 1024 * 1024;
const HANDSHAKE_LIMIT_MS = 10_000;

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
  const { context, token } = await connection.credentials();
  const intent = { ...connection.intentOf({ verb: 'exec', target }), server: context.server };
  const query = new URLSearchParams({ container: pod.container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/exec`;
  const socket = new WebSocket(
    `${context.server.replace(/^https/, 'wss')}${path}?${query.toString()}`,
    PROTOCOLS,
    {
      ...tlsOptionsOf(context),
      ...(token === null ? {} : { headers: { authorization: `Bearer ${token}` } }),
      handshakeTimeout: HANDSHAKE_LIMIT_MS,
      perMessageDeflate: false,
    },
  );
  try {
    return await withinLimit(
      limitMs,
      signal,
      () => converse(socket, intent),
      () =>
        new MeshFailure(
          'WaitTimedOut',
          `${intent.cluster}: "${command.join(' ').slice(0, 80)}" in ${target} did not end within ${limitMs / 1_000} s`,
          {
            cluster: intent.cluster,
            object: target,
            verb: 'exec',
          },
        ),
    );
  } finally {
    socket.terminate();
  }
}

function converse(socket: WebSocket, intent: Intent): Promise<ExecResult> {
  const stdout = new BoundedOutput();
  const stderr = new BoundedOutput();
  let ended: { exitCode: number } | MeshFailure | null = null;
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const content = data.subarray(1);
      if (data[0] === CHANNEL.stdout) stdout.add(content);
      if (data[0] === CHANNEL.stderr) stderr.add(content);
      if (data[0] === CHANNEL.status) ended = exitOf(content.toString('utf8'), intent);
    });
    socket.on('close', (code) => {
      if (ended === null) {
        reject(
          new MeshFailure(
            'ClusterUnreachable',
            `${intent.cluster}: the connection to ${intent.target} closed (${code}) before the command ended`,
            { cluster: intent.cluster, object: intent.target, verb: 'exec' },
          ),
        );
      } else if (ended instanceof Error) {
        reject(ended);
      } else {
        resolve({ stdout: stdout.text(), stderr: stderr.text(), exitCode: ended.exitCode });
      }
    });
    socket.on('unexpected-response', (_, answer: IncomingMessage) => {
      void readAnswer(answer).then(
        (body) => reject(failureOfAnswer(intent, answer.statusCode ?? 0, statusOf(body))),
        reject,
      );
    });
    socket.on('error', (error) => reject(failureOfError(intent, error)));
  });
}

/** The status channel carries one `Status`: Success, or NonZeroExitCode with the code among the causes. */
function exitOf(text: string, intent: Intent): { exitCode: number } | MeshFailure {
  const status = JSON.parse(text) as {
    status?: string;
    reason?: string;
    message?: string;
    details?: { causes?: { reason?: string; message?: string }[] };
  };
  if (status.status === 'Success') return { exitCode: 0 };
  const exitCode = status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && exitCode !== undefined)
    return { exitCode: Number(exitCode) };
  // The kubelet could not run the command: the container is starting, gone, or has no such program.
  return failureOfAnswer(intent, 500, status);
}

async function readAnswer(answer: IncomingMessage): Promise<JsonValue> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > OUTPUT_LIMIT_BYTES) break;
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}

class BoundedOutput {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  add(chunk: Buffer): void {
    const kept = chunk.subarray(0, Math.max(0, OUTPUT_LIMIT_BYTES - this.bytes));
    this.bytes += kept.length;
    this.chunks.push(kept);
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}
