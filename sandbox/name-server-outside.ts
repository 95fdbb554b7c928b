import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { askNameServer } from './control-client.ts';

/**
 * Carries the name server out of the namespaces: queries to a free UDP port of 127.0.0.1 are asked
 * over the control socket. While the sandbox does not answer, neither does the port.
 *
 * @returns the socket and the port it was given
 */
export async function carryNameServer(
  controlSocket: string,
): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.on('message', (query, sender) => {
    askNameServer(controlSocket, query).then(
      (answer) => {
        if (answer !== undefined) socket.send(answer, sender.port, sender.address);
      },
      () => undefined,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, port: socket.address().port };
}
