import type { IncomingHttpHeaders } from 'node:http';
import { type Agent, request as send } from 'undici';
import type { WholeAnswer } from './fault-answers.ts';
import type { ProxiedRequest } from './fault-kinds.ts';

/** An answer of the API server whose body is still to come. */
export type Forwarded = {
  /** HTTP status code. */
  code: number;
  /** Headers that matter to a client; names in lower case. */
  headers: { [name: string]: string };
  /** The body. */
  body: AsyncIterable<Uint8Array>;
  /** Ends it. */
  abort: () => void;
};

const ASKED = ['authorization', 'accept', 'content-type'];
const ANSWERED = ['content-type', 'retry-after'];

/** Headers of a request that go on to the API server. */
export function headersFor(headers: IncomingHttpHeaders): { [name: string]: string } {
  return Object.fromEntries(
    ASKED.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}

/** Sends a request on to the API server. */
export async function forward(
  dispatcher: Agent,
  server: string,
  { method, path }: ProxiedRequest,
  headers: { [name: string]: string },
  body: Buffer,
): Promise<Forwarded> {
  const controller = new AbortController();
  const answer = await send(`${server}${path}`, {
    dispatcher,
    method: method as 'GET',
    headers,
    signal: controller.signal,
    ...(body.length === 0 ? {} : { body }),
  });
  return {
    code: answer.statusCode,
    headers: Object.fromEntries(
      ANSWERED.flatMap((name) =>
        answer.headers[name] === undefined ? [] : [[name, String(answer.headers[name])]],
      ),
    ),
    body: answer.body,
    abort: () => controller.abort(),
  };
}

/** Reads the rest of an answer. */
export async function readWhole({ code, headers, body }: Forwarded): Promise<WholeAnswer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { code, headers, body: Buffer.concat(chunks).toString('utf8') };
}
