import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** How the sandbox's own parts reach one API server. */
export interface KubeAccess {
  /** Base URL, e.g. `https://172.30.1.1:6443`. */
  readonly server: string;
  /** PEM of the CA that signed the server's certificate. */
  readonly ca: string;
  /** PEM of the client certificate. */
  readonly cert: string;
  /** PEM of the client key. */
  readonly key: string;
}

/** An API server's refusal. */
export class KubeRequestError extends Error {
  override name = 'KubeRequestError';
  /** HTTP status code. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Objects as the API server sends them; read with care. */
export type KubeObject = Record<string, unknown>;

/** A change of one object, as a watch reports it. */
export interface WatchEvent {
  /** `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`. */
  readonly type: string;
  /** The object after the change, or a Status. */
  readonly object: KubeObject;
}

/** The few calls the sandbox makes itself. */
export interface KubeClient {
  /**
   * Sends one request and returns the decoded answer.
   *
   * @param contentType of the body. @default application/json
   * @throws {KubeRequestError} for any answer above 299
   */
  send(method: string, path: string, body?: unknown, contentType?: string): Promise<KubeObject>;
  /** Lists, then watches, and lists again whenever the watch breaks, until the signal aborts. */
  follow(path: string, sink: FollowSink, signal: AbortSignal): Promise<void>;
  /** Closes all connections. */
  close(): void;
}

/** Receiver of {@link KubeClient.follow}. */
export interface FollowSink {
  /** The whole truth after a (re-)list. */
  onList(objects: KubeObject[]): void;
  /** One change since. */
  onEvent(event: WatchEvent): void;
}

const requestTimeoutMs = 10_000;
const relistPauseMs = 500;

/** Opens a client with its own connection pool. */
export function openKubeClient(access: KubeAccess): KubeClient {
  const agent = new Agent({ ca: access.ca, cert: access.cert, key: access.key, keepAlive: true });
  const open = (method: string, path: string, signal: AbortSignal, body?: string, type?: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': type ?? 'application/json' };
      const request = httpsRequest(
        new URL(path, access.server),
        { method, agent, headers, signal },
        resolve,
      );
      request.on('error', reject);
      request.end(body);
    });

  const send: KubeClient['send'] = async (method, path, body, contentType) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await open(
      method,
      path,
      AbortSignal.timeout(requestTimeoutMs),
      text,
      contentType,
    );
    const received = await readAll(answer);
    const status = answer.statusCode ?? 0;
    if (status > 299)
      throw new KubeRequestError(status, `${method} ${path}: ${status} ${messageIn(received)}`);
    return received.startsWith('{') ? (JSON.parse(received) as KubeObject) : {};
  };

  const watchFrom = async (
    path: string,
    version: string,
    sink: FollowSink,
    signal: AbortSignal,
  ) => {
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${version}`;
    const answer = await open('GET', `${path}?${query}`, signal);
    if (answer.statusCode !== 200)
      throw new KubeRequestError(answer.statusCode ?? 0, await readAll(answer));
    answer.setEncoding('utf8');
    let rest = '';
    for await (const chunk of answer) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = JSON.parse(line) as WatchEvent;
        if (event.type === 'ERROR') return;
        if (event.type !== 'BOOKMARK') sink.onEvent(event);
      }
    }
  };

  const follow: KubeClient['follow'] = async (path, sink, signal) => {
    while (!signal.aborted) {
      try {
        const list = await send('GET', path);
        const kind = String(list['kind']).replace(/List$/, '');
        const items = (list['items'] ?? []) as KubeObject[];
        sink.onList(items.map((item) => ({ kind, ...item })));
        await watchFrom(
          path,
          String((list['metadata'] as KubeObject)['resourceVersion']),
          sink,
          signal,
        );
      } catch {
        // An API server that is stopped, starting or frozen: only listing again tells the truth.
      }
      await delay(relistPauseMs, undefined, { signal }).catch(() => undefined);
    }
  };
  return { send, follow, close: () => agent.destroy() };
}

async function readAll(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

function messageIn(body: string): string {
  try {
    return String((JSON.parse(body) as KubeObject)['message']);
  } catch {
    return body.slice(0, 200);
  }
}
