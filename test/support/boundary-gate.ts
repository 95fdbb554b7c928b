import { once } from 'node:events';
import {
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A door between a worker and Temporal that shuts behind the completion of a step, so that the worker cannot act on it. */
export type BoundaryGate = {
  /** `host:port`, where the worker finds Temporal. */
  address: string;
  /** Opens it for the next worker; resolves when a step has completed and the door is shut: that worker learns of no workflow any more. */
  untilBoundary(): Promise<void>;
  /** Closes it. */
  stop(): Promise<void>;
};

const SERVICE = '/temporal.api.workflowservice.v1.WorkflowService';
const COMPLETION = `${SERVICE}/RespondActivityTaskCompleted`;
/** How a worker learns of workflows: it asks, and it is told what comes next when it answers. */
const POLL = `${SERVICE}/PollWorkflowTaskQueue`;
const LEARNS = [POLL, `${SERVICE}/RespondWorkflowTaskCompleted`];

/** Opens a gate before the Temporal at `target`, `host:port`, on a free port of 127.0.0.1. */
export async function startBoundaryGate(target: string): Promise<BoundaryGate> {
  const sessions = new Set<ServerHttp2Session>();
  const polls = new Set<ClientHttp2Stream>();
  let shut = false;
  let reached = (): void => undefined;

  const server = createServer();
  server.on('session', (session) => {
    const upstream = connect(`http://${target}`);
    upstream.on('error', () => session.destroy());
    session.on('error', () => upstream.destroy());
    session.on('close', () => {
      sessions.delete(session);
      upstream.destroy();
    });
    sessions.add(session);
    session.on('stream', (stream, headers) => {
      const path = headers[':path'] ?? '';
      stream.on('error', () => undefined);
      // What is held ends with the worker that sent it.
      if (shut && LEARNS.includes(path)) return;
      if (path === COMPLETION) {
        shut = true;
        for (const poll of polls) poll.close(constants.NGHTTP2_CANCEL);
      }
      const onward = upstream.request(headers);
      if (path === POLL) polls.add(onward);
      onward.on('close', () => polls.delete(onward));
      relay(stream, onward, (status) => {
        if (path === COMPLETION && status === '0') reached();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    untilBoundary: () => {
      shut = false;
      return new Promise((resolve) => {
        reached = resolve;
      });
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

/** Carries a call of gRPC and its answer; tells the status that the call ended with. */
function relay(
  stream: ServerHttp2Stream,
  onward: ClientHttp2Stream,
  ended: (status: string) => void,
): void {
  let trailers: IncomingHttpHeaders = {};
  stream.pipe(onward);
  onward.on('response', (headers, flags) => {
    if (stream.destroyed) return;
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(headers, isWhole ? { endStream: true } : { waitForTrailers: true });
    if (isWhole) ended(String(headers['grpc-status']));
    else onward.pipe(stream);
  });
  onward.on('trailers', (received) => {
    trailers = received;
    ended(String(received['grpc-status']));
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('close', () => onward.close(constants.NGHTTP2_CANCEL));
  onward.on('error', () => stream.close(constants.NGHTTP2_CANCEL));
}
