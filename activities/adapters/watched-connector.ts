import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';

/** So many pings in a row may stay unanswered; at one every 2 s this is the limit of a read, so that a busy API server is given up no earlier. */
const UNANSWERED = 5;

/**
 * Breaks HTTP/2 connections that carry nothing any more: everything on them fails as on a reset, also a write, whose own limit is four times as long, and a
 * watch, which may be silent for good reasons. undici 8.12 sends pings and does not look whether they are answered (8.13 does, and gives
 * up at the first that is not when the next is due). HTTP/1.1 has none and is left alone.
 * @param pingMs interval of the pings
 */
export function watchedConnector(
  connect: buildConnector.connector,
  pingMs: number,
): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      // undici leaves the second argument out where the first is an error
      if (error !== null) return callback(error, null);
      if ((socket as TLSSocket).alpnProtocol === 'h2') watch(socket, pingMs);
      callback(null, socket);
    });
}

/** Counts intervals without a byte instead of time: after a process was stopped or its event loop blocked, answers are there that nobody has read yet. */
function watch(socket: Socket, pingMs: number): void {
  let read = socket.bytesRead;
  let silent = 0;
  const timer = setInterval(() => {
    silent = socket.bytesRead === read ? silent + 1 : 0;
    read = socket.bytesRead;
    if (silent < UNANSWERED) return;
    const error = new Error(`${UNANSWERED} pings were not answered`);
    socket.destroy(Object.assign(error, { code: 'ECONNRESET' }));
  }, pingMs).unref();
  socket.once('close', () => clearInterval(timer));
}
