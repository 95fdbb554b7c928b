import { createServer, type Server } from 'node:https';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ClosableClusters } from '../../../../activities/adapters/kubernetes-clusters.ts';
import type { Cluster } from '../../../../activities/ports/cluster.ts';
import {
  rewriteKubeconfig,
  type TestContext,
  writeKubeconfig,
} from '../../../support/kubeconfig-file.ts';
import { createTestCa } from '../../../support/test-ca.ts';
import { failureOf, testClusters } from '../../../support/test-clusters.ts';

const POD = { namespace: 'sample', name: 'client', container: 'app' };

let server: Server;
let sockets: WebSocketServer;
let clusters: ClosableClusters;
let cluster: Cluster;
let east: TestContext;
let kubeconfig: string;
let asked: { url: string; protocols: string; authorization: string | undefined };
let speak: (socket: WebSocket) => void;
let refuse: { code: number; message: string } | null;
let controller: AbortController;

/** A server that speaks the channel protocol as the kubelet does. */
beforeEach(async () => {
  const ca = await createTestCa();
  const { certPem, keyPem } = await ca.issue({ commonName: 'kube-apiserver', ip: '127.0.0.1' });
  server = createServer({ cert: certPem, key: keyPem });
  refuse = null;
  sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: ([offered]) => offered ?? false,
  });
  server.on('upgrade', (request, socket, head) => {
    if (refuse === null) {
      sockets.handleUpgrade(request, socket, head, (opened) =>
        sockets.emit('connection', opened, request),
      );
      return;
    }
    const body = JSON.stringify({ kind: 'Status', ...refuse });
    socket.end(`HTTP/1.1 ${refuse.code} Refused\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  sockets.on('connection', (socket, request) => {
    const { authorization, 'sec-websocket-protocol': protocols = '' } = request.headers;
    asked = { url: request.url ?? '', protocols, authorization };
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  controller = new AbortController();
  east = { name: 'east', server: `https://127.0.0.1:${port}`, caPem: ca.certPem, token: 'abc' };
  kubeconfig = writeKubeconfig([east]);
  clusters = testClusters(kubeconfig, () => controller.signal);
  cluster = await clusters.open({ name: 'east', context: 'east' });
});

afterEach(async () => {
  await clusters.close();
  for (const socket of sockets.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function frame(channel: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
}

const SUCCESS = JSON.stringify({ status: 'Success' });

test('answers both outputs and exit code 0', async () => {
  speak = (socket) => {
    for (const part of ['one ', 'two']) socket.send(frame(1, part));
    socket.send(frame(2, 'warning'));
    socket.send(frame(3, SUCCESS));
    socket.close();
  };
  const result = await cluster.exec(POD, ['sh', '-c', 'echo "a b"']);
  expect(result).toEqual({ stdout: 'one two', stderr: 'warning', exitCode: 0 });
  const { pathname, searchParams } = new URL(asked.url, 'https://kube-apiserver');
  expect(pathname).toBe('/api/v1/namespaces/sample/pods/client/exec');
  expect(searchParams.getAll('command')).toEqual(['sh', '-c', 'echo "a b"']);
  expect(
    ['container', 'stdout', 'stderr', 'stdin', 'tty'].map((one) => searchParams.get(one)),
  ).toEqual(['app', 'true', 'true', 'false', 'false']);
  expect([asked.protocols, asked.authorization]).toEqual([
    'v5.channel.k8s.io,v4.channel.k8s.io',
    'Bearer abc',
  ]);
});

test('a command that fails is an answer with its exit code, not a failure', async () => {
  speak = (socket) => {
    const details = { causes: [{ reason: 'ExitCode', message: '7' }] };
    socket.send(
      frame(3, JSON.stringify({ status: 'Failure', reason: 'NonZeroExitCode', details })),
    );
    socket.close();
  };
  expect((await cluster.exec(POD, ['false'])).exitCode).toBe(7);
});

test('a command the kubelet could not run is a failure that says why', async () => {
  speak = (socket) => {
    socket.send(
      frame(
        3,
        JSON.stringify({
          status: 'Failure',
          reason: 'InternalError',
          message: 'container not running',
        }),
      ),
    );
    socket.close();
  };
  const failure = await failureOf(cluster.exec(POD, ['true']));
  expect([failure.type, failure.message]).toEqual([
    'ApiUnavailable',
    'east: cannot exec Pod sample/client (container app): container not running',
  ]);
});

test('a program the image does not have is for a person to mend', async () => {
  const message =
    'error executing command in container: exec: "/nosuch": stat /nosuch: no such file or directory';
  speak = (socket) => {
    socket.send(frame(3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message })));
    socket.close();
  };
  expect((await failureOf(cluster.exec(POD, ['/nosuch']))).type).toBe('InvalidObject');
});

test('a connection that closes before the command ended is ClusterUnreachable', async () => {
  speak = (socket) => socket.terminate();
  expect((await failureOf(cluster.exec(POD, ['true']))).type).toBe('ClusterUnreachable');
});

test('what the API server says of a refusal is told, and no token', async () => {
  refuse = { code: 400, message: 'container nosuch is not valid for pod client' };
  const failure = await failureOf(cluster.exec(POD, ['true']));
  expect([failure.type, failure.message]).toEqual([
    'InvalidObject',
    'east: cannot exec Pod sample/client (container app): container nosuch is not valid for pod client',
  ]);
  expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('Bearer');
});

test.each([
  ['an unknown channel', frame(9, 'surprise')],
  ['the end of an output', Buffer.from([255, 1])],
  ['no channel', Buffer.alloc(0)],
  ['a status that is no JSON', frame(3, '{')],
])('a frame of %s fails the command, not the worker', async (_, bytes) => {
  speak = (socket) => socket.send(bytes);
  const failure = await failureOf(cluster.exec(POD, ['true']));
  expect(failure.type).toBe('Unexpected');
  expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('Bearer');
});

test('the certificate is checked for the tls-server-name of the context', async () => {
  const named = testClusters(writeKubeconfig([{ ...east, tlsServerName: 'another.name' }]));
  const other = await named.open({ name: 'east', context: 'east' });
  const failure = await failureOf(other.exec(POD, ['true']));
  expect(failure.message).toContain('its certificate is for another name');
  await named.close();
});

test('each command is run with the credentials as they are then', async () => {
  speak = (socket) => socket.send(frame(3, SUCCESS));
  await cluster.exec(POD, ['true']);
  expect(asked.authorization).toBe('Bearer abc');
  rewriteKubeconfig(kubeconfig, [{ ...east, token: 'rotated' }]);
  const authorizations = async (): Promise<string | undefined> => {
    await cluster.exec(POD, ['true']);
    return asked.authorization;
  };
  // Files are looked at once a second.
  while ((await authorizations()) !== 'Bearer rotated') await new Promise(setImmediate);
});

test('a command that does not end is given up after its limit', async () => {
  speak = () => undefined;
  const failure = await failureOf(cluster.exec(POD, ['sleep', '60'], { timeoutMs: 100 }));
  expect(failure.type).toBe('WaitTimedOut');
  expect(failure.message).toBe(
    'east: "sleep 60" in Pod sample/client (container app) did not end within 0.1 s',
  );
});

test('a cancelled activity ends the command with its reason', async () => {
  const reason = new Error('cancelled');
  speak = () => controller.abort(reason);
  await expect(cluster.exec(POD, ['sleep', '60'])).rejects.toBe(reason);
});

test('of endless output a megabyte is kept', async () => {
  speak = (socket) => {
    for (let part = 0; part < 20; part += 1) socket.send(frame(1, 'x'.repeat(100_000)));
    socket.send(frame(3, SUCCESS));
    socket.close();
  };
  expect((await cluster.exec(POD, ['yes'])).stdout).toHaveLength(1024 * 1024);
});
