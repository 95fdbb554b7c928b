import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientHttp2Stream } from 'node:http2';

const CREATED = 'http2.client.stream.created';

/**
 * Lets no HTTP/2 stream of this process end it by an error that nobody hears. undici tells the request's caller and then takes its listeners off the stream;
 * when its client is destroyed before the stream is closed, the error of that comes later (`ClientDestroyedError`, seen with undici 8.12 and an API server that
 * was frozen; undici#5936 is the same elsewhere). Whoever waits for an answer hears of it all the same. Calling it again changes nothing.
 */
export function bearForgottenStreams(): void {
  unsubscribe(CREATED, bear);
  subscribe(CREATED, bear);
}

function bear(message: unknown): void {
  (message as { stream: ClientHttp2Stream }).stream.on('error', ignore);
}

function ignore(): void {
  // what the request was told is all there is to say
}
