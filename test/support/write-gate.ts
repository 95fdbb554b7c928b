import { once } from 'node:events';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import type { KubeApiServer } from './kube-api-server.ts';

/** A door before an API server that counts what is written through it, and can hold writes up. */
export type WriteGate = {
  /** `https://127.0.0.1:port`, under the CA of the API server. */
  server: string;
  /** Writes that came through or were held so far, as `PATCH /path`, in order. */
  writes(): readonly string[];
  /** Requests of every kind that came so far. */
  requests(): number;
  /** Holds every write from now on but the first ones; resolves when so many are held. */
  hold(first: number, held: number): Promise<void>;
  /** Breaks the held writes off, which never reach the API server, and lets all others pass. */
  drop(): void;
  /** Closes it. */
  stop(): Promise<void>;
};

/** Opens a door on a free port of 127.0.0.1. */
export async function startWriteGate(kube: KubeApiServer): Promise<WriteGate> {
  const { certPem, keyPem } = await kube.ca.issue({ commonName: 'gate', ip: '127.0.0.1' });
  const upstream = new Agent({ connect: { ca: kube.caPem } });
  const writes: string[] = [];
  const held: Http2ServerResponse[] = [];
  let requests = 0;
  let passing = Infinity;
  let wanted = { count: Infinity, reached: (): void => undefined };

  const serve = async (
    incoming: Http2ServerRequest,
    answer: Http2ServerResponse,
  ): Promise<void> => {
    const chunks: Buffer[] = [];
    requests += 1;
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (incoming.method !== 'GET') {
      writes.push(`${incoming.method} ${incoming.url}`);
      passing -= 1;
      if (passing < 0) {
        held.push(answer);
        if (held.length === wanted.count) wanted.reached();
        return;
      }
    }
    const { authorization = '', accept = '', 'content-type': type } = incoming.headers;
    const { statusCode, headers, body } = await request(`${kube.server}${incoming.url}`, {
      dispatcher: upstream,
      method: incoming.method as 'GET',
      headers: { authorization, accept, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    answer.writeHead(statusCode, { 'content-type': String(headers['content-type']) });
    body.pipe(answer.stream);
  };

  const server = createSecureServer({ cert: certPem, key: keyPem }, (incoming, answer) => {
    serve(incoming, answer).catch(() => answer.stream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes: () => writes,
    requests: () => requests,
    hold: (first, count) =>
      new Promise((resolve) => {
        passing = first;
        wanted = { count, reached: resolve };
      }),
    drop: () => {
      passing = Infinity;
      for (const answer of held.splice(0)) answer.stream.destroy();
    },
    stop: async () => {
      server.close();
      await upstream.destroy();
    },
  };
}
