import { request as httpRequest } from 'node:http';
import type { DnsMessage, FaultRequest } from './control-server.ts';
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

/** Asks the sandbox's name server; undefined when it stays silent. */
export async function askNameServer(
  controlSocket: string,
  query: Buffer,
): Promise<Buffer | undefined> {
  const body: DnsMessage = { message: query.toString('base64') };
  const { message } = (await ask(controlSocket, 'POST', '/dns', body)) as DnsMessage;
  return message === null ? undefined : Buffer.from(message, 'base64');
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
