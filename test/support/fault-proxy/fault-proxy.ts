import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import type { KubeApiServer } from '../kube-api-server.ts';
import { randomFrom } from '../seeded-random.ts';
import { startConnectionRelay } from './connection-relay.ts';
import {
  conflictAnswer,
  goneEvent,
  lateErrorAnswer,
  serverErrorAnswer,
  throttledAnswer,
  type WholeAnswer,
} from './fault-answers.ts';
import {
  type FaultKind,
  type InjectedFault,
  type ProxiedRequest,
  proxiedRequest,
} from './fault-kinds.ts';
import type { FaultSource } from './fault-source.ts';
import { forward, type Forwarded, headersFor, readWhole } from './forward.ts';
import { openStaleAnswers } from './stale-answers.ts';

type Incoming = Http2ServerRequest | IncomingMessage;

/** How hard its faults are. */
export type FaultSettings = {
  /** How late `latency` forwards, in milliseconds. @default 200 */
  latencyMs?: number;
  /** What `throttled` asks to wait, in seconds. @default 1 */
  retryAfterSeconds?: number;
};

/** A door before an API server that does to requests what networks and API servers do. */
export type FaultProxy = {
  /** `https://127.0.0.1:port`, under the CA of the API server; HTTP/2 and HTTP/1.1. */
  server: string;
  /** Does from now on what `source` says, and counts requests that are alike anew; null lets everything pass. */
  inject(source: FaultSource | null, settings?: FaultSettings): void;
  /** Carries nothing for so many milliseconds, over new connections neither; then what was sent meanwhile arrives, late. */
  part(ms: number): Promise<void>;
  /** Requests that came so far, in order. */
  requests(): readonly ProxiedRequest[];
  /** Faults that were done so far, in order. */
  injected(): readonly InjectedFault[];
  /** Connections accepted so far. */
  connections(): number;
  /** Closes it. */
  stop(): Promise<void>;
};

/** A watch that is cut breaks after so long, some of its events being told. */
const CUT_AFTER_MS = 100;

/**
 * Opens a fault proxy on a free port of 127.0.0.1. It ends TLS, so a caller is known to the API server by a bearer token, which is passed on, never by
 * a client certificate. Upgrades (commands in pods) are not forwarded.
 */
export async function startFaultProxy(kube: KubeApiServer): Promise<FaultProxy> {
  const { certPem, keyPem } = await kube.ca.issue({ commonName: 'fault-proxy', ip: '127.0.0.1' });
  const upstream = new Agent({ connect: { ca: kube.caPem }, bodyTimeout: 0 });
  const seen = new Map<string, number>();
  const requests: ProxiedRequest[] = [];
  const injected: InjectedFault[] = [];
  const stale = openStaleAnswers();
  let source: FaultSource | null = null;
  let settings: Required<FaultSettings> = { latencyMs: 200, retryAfterSeconds: 1 };

  const tls = createSecureServer({ cert: certPem, key: keyPem, allowHTTP1: true });
  tls.listen(0, '127.0.0.1');
  await once(tls, 'listening');
  const relay = await startConnectionRelay((tls.address() as AddressInfo).port);

  const pass = async (
    request: ProxiedRequest,
    forwarded: Forwarded,
    to: ServerResponse,
  ): Promise<void> => {
    if (request.watch && forwarded.code === 200) return stream(forwarded, to);
    const answer = await readWhole(forwarded);
    stale.keep(request, answer);
    send(to, answer);
  };

  const watchFault = async (
    kind: FaultKind,
    from: Forwarded,
    to: ServerResponse,
  ): Promise<void> => {
    head(to, from.code, from.headers);
    if (kind === 'watchGone') {
      from.abort();
      to.end(goneEvent());
      return;
    }
    if (kind === 'watchSilence') {
      to.on('close', from.abort);
      return;
    }
    setTimeout(() => {
      from.abort();
      breakOff(to);
    }, CUT_AFTER_MS);
    for await (const chunk of from.body) to.write(chunk);
  };

  const serve = async (incoming: Incoming, to: ServerResponse): Promise<void> => {
    const request = proxiedRequest(incoming, seen);
    requests.push(request);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const ask = (): Promise<Forwarded> =>
      forward(upstream, kube.server, request, headersFor(incoming.headers), Buffer.concat(chunks));
    const from = portOf(incoming);
    let kind = source?.(request) ?? null;
    const old = kind === 'staleRead' ? stale.find(request) : null;
    if (kind === 'staleRead' && old === null) kind = null;
    if (kind !== null) injected.push({ ...request, kind });

    switch (kind) {
      case null:
        return pass(request, await ask(), to);
      case 'latency':
        await sleep(settings.latencyMs);
        return pass(request, await ask(), to);
      case 'resetBefore':
        return relay.reset(from);
      case 'resetAfter':
        await readWhole(await ask());
        return relay.reset(from);
      case 'blackHole':
        return relay.silence(from);
      case 'throttled':
        return send(to, throttledAnswer(settings.retryAfterSeconds));
      case 'conflict':
        return send(to, conflictAnswer(request.path));
      case 'serverError':
        return send(to, serverErrorAnswer(randomFrom(`${request.path} ${request.before}`)()));
      case 'lateError':
        await readWhole(await ask());
        return send(to, lateErrorAnswer());
      case 'staleRead':
        return send(to, old as WholeAnswer);
      case 'watchCut':
      case 'watchGone':
      case 'watchSilence':
        return watchFault(kind, await ask(), to);
    }
  };

  tls.on('request', (incoming: Incoming, to: ServerResponse) => {
    // What broke on the way to the API server breaks on the way back.
    serve(incoming, to).catch(() => breakOff(to));
  });
  // Connections that the relay cuts end with an error, as they should.
  tls.on('sessionError', () => undefined);

  return {
    server: `https://127.0.0.1:${relay.port}`,
    inject: (next, { latencyMs = 200, retryAfterSeconds = 1 } = {}) => {
      source = next;
      seen.clear();
      settings = { latencyMs, retryAfterSeconds };
    },
    part: relay.part,
    requests: () => requests,
    injected: () => injected,
    connections: relay.connections,
    stop: async () => {
      await relay.stop();
      tls.close();
      await upstream.destroy();
    },
  };
}

/** The port of the relay's own from which a request came. */
function portOf(incoming: Incoming): number {
  const socket = 'stream' in incoming ? incoming.stream.session?.socket : incoming.socket;
  return socket?.remotePort ?? 0;
}

/** Ends an answer in the middle, so that nobody takes it for whole. */
function breakOff(to: ServerResponse | Http2ServerResponse): void {
  if ('stream' in to) to.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else to.destroy();
}

function head(to: ServerResponse, code: number, headers: { [name: string]: string }): void {
  to.writeHead(code, headers);
  to.flushHeaders();
}

function send(to: ServerResponse, { code, headers, body }: WholeAnswer): void {
  to.writeHead(code, headers);
  to.end(body);
}

async function stream(
  { code, headers, body, abort }: Forwarded,
  to: ServerResponse,
): Promise<void> {
  to.on('close', abort);
  head(to, code, headers);
  for await (const chunk of body) to.write(chunk);
  to.end();
}
