import { request as httpRequest } from 'node:http';
import type { FaultRequest } from './control-server.ts';
import type { SandboxStatus } from './sandbox-status.ts';
import { UsageError } from './usage-error.ts';

const timeoutMs = 30_000;

/** Asks a running sandbox for its status. @throws {Error} when nothing answers */
export async function readStatus(controlSocket: string): Promise<SandboxStatus> {
  return (await ask(controlSocket, 'GET', '/status')) as SandboxStatus;
}

/**
 * Injects a fault and returns the status after it.
 *
 * @throws {UsageError} when the cluster or Service does not exist
 */
export async function injectFault(
  controlSocket: string,
  body: FaultRequest,
): Promise<SandboxStatus> {
  return (await ask(controlSocket, 'POST', '/fault', body)) as SandboxStatus;
}

function ask(socketPath: string, method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = httpRequest({ socketPath, method, path, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = JSON.parse(text) as { message?: string };
        if (response.statusCode === 200) return resolve(answer);
        const message = answer.message ?? `the sandbox answered ${response.statusCode}`;
        reject(response.statusCode === 400 ? new UsageError(message) : new Error(message));
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
