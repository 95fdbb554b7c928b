import { once } from 'node:events';
import type { Cluster, Exec, KubeConfig, User } from '@kubernetes/client-node';
import WebSocket from 'ws';
import type { ApiCredentials } from './api-credentials.ts';

/** Protocol of kubectl since 1.30, and the one before. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const HANDSHAKE_LIMIT_MS = 10_000;

/**
 * Makes the Exec of @kubernetes/client-node over judged credentials: no file, plugin or proxy is left in its kubeconfig to be
 * obeyed. The first command loads it: 0.3 s and 50 MB that a worker at rest and one that restarts are spared.
 * `onSocket` gets each WebSocket before it connects.
 */
export async function openExec(
  credentials: ApiCredentials,
  onSocket: (socket: WebSocket) => void,
): Promise<Exec> {
  const { Exec, KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(clusterOf(credentials), userOf(credentials));
  return new Exec(config, guardedSockets(config, credentials.context.server, onSocket));
}

/**
 * WebSockets in place of the library's own, which tell nothing but a status code of a refusal, have no time limit, and throw where
 * nothing catches it, which would end the worker, at a frame they do not know.
 */
function guardedSockets(
  config: KubeConfig,
  server: string,
  onSocket: (socket: WebSocket) => void,
): NonNullable<ConstructorParameters<typeof Exec>[1]> {
  return {
    connect: async (path, _, onFrame) => {
      const options: WebSocket.ClientOptions = {};
      await config.applyToHTTPSOptions(options);
      const socket = new WebSocket(`${server.replace(/^https/, 'wss')}${path}`, PROTOCOLS, {
        ...options,
        perMessageDeflate: false,
      });
      onSocket(socket);
      socket.on('message', (frame: Buffer) => {
        try {
          onFrame?.(frame.readUInt8(0), frame.subarray(1));
        } catch (error) {
          socket.emit('error', error);
        }
      });
      const late = Object.assign(new Error('no handshake in time'), { code: 'ETIMEDOUT' });
      const limit = setTimeout(() => socket.emit('error', late), HANDSHAKE_LIMIT_MS);
      try {
        await once(socket, 'open');
      } finally {
        clearTimeout(limit);
      }
      return socket;
    },
  };
}

function clusterOf({ context }: ApiCredentials): Cluster {
  return {
    name: context.name,
    server: context.server,
    skipTLSVerify: false,
    ...(context.caPem === '' ? {} : { caData: base64(context.caPem) }),
    ...(context.tlsServerName === null ? {} : { tlsServerName: context.tlsServerName }),
  };
}

function userOf({ context: { name, clientCertificate }, token }: ApiCredentials): User {
  return {
    name,
    ...(clientCertificate === null
      ? {}
      : {
          certData: base64(clientCertificate.certPem),
          keyData: base64(clientCertificate.keyPem),
        }),
    ...(token === null ? {} : { token }),
  };
}

function base64(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
