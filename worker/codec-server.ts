import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { payloadKeysFailureIn } from '../codec/payload-keys.ts';
import type { Say } from './temporal-connection.ts';

/** How a codec server answers. */
export type CodecServerOptions = {
  /** What it does for others. */
  codec: PayloadCodec;
  /** Origins of the web UIs whose pages may ask, e.g. `http://localhost:8233`; other pages are refused. */
  origins: readonly string[];
  /** Bearer token that every request must show; null for none. */
  token: string | null;
  /** Told of every request, in a line. */
  say: Say;
};

/** A page of the UI decodes some hundred payloads at once, and a payload has at most 2 MB. */
const LIMIT_BYTES = 32 * 1024 * 1024;
/** Headers that Temporal's UI and CLI send along. */
const HEADERS = 'authorization, authorization-extras, content-type, x-namespace';
/** Names under which a browser may have come here; another is a page that had its own name resolve to this machine. */
const HOSTS = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** What is wrong with a request. */
class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Makes a server of Temporal's codec protocol: POST /decode and /encode with payloads as JSON. It listens when it is told to. */
export function codecServer(options: CodecServerOptions): Server {
  const server = createServer((request, response) => {
    const work = async (): Promise<void> => {
      const { method = '', url = '' } = request;
      try {
        await answer(options, request, response);
      } catch (error) {
        const { code, message } = refusalOf(error);
        send(response, code, { message });
        options.say(`${method} ${url.slice(0, 60)} refused (${code}): ${message}`);
      }
    };
    void work();
  });
  server.requestTimeout = 30_000;
  return server;
}

async function answer(
  { codec, origins, token, say }: CodecServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin, host = '', authorization = '' } = request.headers;
  if (!HOSTS.test(host)) throw new Refusal(403, 'this is no name of this server');
  if (origin !== undefined) {
    if (!origins.includes(origin))
      throw new Refusal(403, `pages of ${origin.slice(0, 100)} may not ask; see --ui`);
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('vary', 'origin');
  }
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-methods', 'POST');
    response.setHeader('access-control-allow-headers', HEADERS);
    response.setHeader('access-control-max-age', '600');
    response.writeHead(204).end();
    return;
  }
  const verb = /^\/(?:[\w.-]+\/)?(decode|encode)$/.exec(request.url ?? '')?.[1];
  if (verb === undefined) throw new Refusal(404, 'there are /decode and /encode only');
  if (request.method !== 'POST') throw new Refusal(405, `POST to /${verb}`);
  if (token !== null && !same(authorization, `Bearer ${token}`))
    throw new Refusal(401, 'the bearer token is missing or wrong');
  const payloads = readPayloads(await readBody(request));
  const done = verb === 'decode' ? await codec.decode(payloads) : await codec.encode(payloads);
  send(response, 200, { payloads: done.map(toJson) });
  const { 'x-namespace': namespace } = request.headers;
  const of = typeof namespace === 'string' ? ` of namespace ${namespace.slice(0, 100)}` : '';
  say(`${verb}d ${done.length} payload${done.length === 1 ? '' : 's'}${of}`);
}

/** Compares digests, which have one length, in constant time. */
function same(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMIT_BYTES) throw new Refusal(413, `more than ${LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Payloads as protobuf's JSON has them: bytes are base64. */
type JsonPayload = { metadata?: { [name: string]: string }; data?: string };

function readPayloads(body: string): Payload[] {
  try {
    const { payloads } = JSON.parse(body) as { payloads: JsonPayload[] };
    return payloads.map(({ metadata = {}, data = '' }) => ({
      metadata: Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
      ),
      data: Buffer.from(data, 'base64'),
    }));
  } catch {
    throw new Refusal(400, 'the body is no JSON with a list of payloads');
  }
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]),
    ),
    data: base64(data ?? new Uint8Array()),
  };
}

function refusalOf(error: unknown): { code: number; message: string } {
  if (error instanceof Refusal) return error;
  const unreadable = payloadKeysFailureIn(error);
  if (unreadable !== undefined) return { code: 400, message: unreadable.message };
  return { code: 500, message: error instanceof Error ? error.name : 'unknown error' };
}

function send(response: ServerResponse, code: number, body: object): void {
  // what is left of a body that was too long is not waited for
  if (code === 413) response.setHeader('connection', 'close');
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
