import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Fault } from './fault.ts';
import type { SandboxStatus } from './sandbox-status.ts';
import { UsageError } from './usage-error.ts';

/** What can be asked of a running sandbox from outside. */
export interface SandboxControl {
  /** Says how the sandbox is. */
  status(): SandboxStatus;
  /** Answers a DNS query as the sandbox's name server does; undefined where that is silent. */
  resolve(query: Buffer): Buffer | undefined;
  /** @throws {UsageError} when the cluster or Service does not exist */
  inject(cluster: string, fault: Fault): Promise<void>;
}

/** Body of `POST /fault`. */
export interface FaultRequest {
  /** Name of the cluster. */
  readonly cluster: string;
  /** What is to go wrong, or to be right again. */
  readonly fault: Fault;
}

/** Body of `POST /dns`, and of its answer: a DNS message in base64, null for silence. */
export interface DnsMessage {
  /** The message. */
  readonly message: string | null;
}

/** Serves a sandbox's control on a unix socket that only the owner can open. */
export async function startControlServer(path: string, control: SandboxControl): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (code: number, body: unknown) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    handle(request, control).then(
      (body) => answer(200, body),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        answer(error instanceof UsageError ? 400 : 500, { message: text });
      },
    );
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}

async function handle(request: IncomingMessage, control: SandboxControl): Promise<unknown> {
  const route = `${request.method} ${request.url}`;
  if (route === 'GET /status') return control.status();
  if (route === 'POST /fault') {
    const { cluster, fault } = JSON.parse(await bodyOf(request)) as FaultRequest;
    await control.inject(cluster, fault);
    return control.status();
  }
  if (route === 'POST /dns') {
    const { message } = JSON.parse(await bodyOf(request)) as DnsMessage;
    const answer = control.resolve(Buffer.from(message ?? '', 'base64'));
    return { message: answer?.toString('base64') ?? null } satisfies DnsMessage;
  }
  throw new UsageError(`unknown request ${route}`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
