import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { awaitCondition } from '../../../sandbox/await-condition.ts';
import { KubeRequestError, openKubeClient } from '../../../sandbox/kube-client.ts';
import type { KubeClient, KubeObject } from '../../../sandbox/kube-client.ts';
import { createClusterPki } from '../../../sandbox/pki.ts';

let server: Server;
let client: KubeClient;
let lists = 0;
const watches: ServerResponse[] = [];

beforeAll(async () => {
  const pki = await createClusterPki({
    clusterName: 'cluster1',
    nodeName: 'node',
    nodeAddress: '127.0.0.2',
    kubernetesAddress: '10.0.0.1',
  });
  const { cert, key } = pki.apiServer;
  server = createServer({
    cert,
    key,
    ca: pki.ca.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('request', (request, response) => {
    if (request.url?.includes('watch=true')) {
      response.writeHead(200);
      response.flushHeaders();
      return void watches.push(response);
    }
    if (request.url === '/things') {
      lists += 1;
      const items = [{ metadata: { name: `list${lists}` } }];
      return response.end(
        JSON.stringify({ kind: 'ThingList', metadata: { resourceVersion: `${lists}` }, items }),
      );
    }
    response.writeHead(404);
    return response.end(JSON.stringify({ message: 'no such thing' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = openKubeClient({ server: url, ca: pki.ca.cert, ...pki.clients.admin });
});

afterAll(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

const nameOf = (object: KubeObject) => (object['metadata'] as KubeObject)['name'];

test('a refusal carries the status and the message', async () => {
  const asked = client.send('GET', '/nothing');
  await expect(asked).rejects.toThrow(KubeRequestError);
  await expect(asked).rejects.toThrow('GET /nothing: 404 no such thing');
});

test('following lists, reports changes also when a line comes in two pieces, and lists again after every break', async () => {
  const seen: unknown[] = [];
  const stop = new AbortController();
  const following = client.follow(
    '/things',
    {
      onList: (objects) => seen.push(...objects.map(nameOf)),
      onEvent: ({ type, object }) => seen.push(`${type} ${nameOf(object)}`),
    },
    stop.signal,
  );
  await awaitCondition('watch', async () => watches.length === 1, 5000, 10);
  const event = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'a' } } });
  watches[0]?.write(event.slice(0, 20));
  watches[0]?.write(`${event.slice(20)}\n`);
  await awaitCondition('event', async () => seen.includes('ADDED a'), 5000, 10);
  watches[0]?.destroy();
  await awaitCondition('second watch', async () => watches.length === 2, 5000, 10);
  watches[1]?.write(`${JSON.stringify({ type: 'ERROR', object: { code: 410 } })}\n`);
  await awaitCondition('third list', async () => seen.includes('list3'), 5000, 10);
  stop.abort();
  await following;
  expect(seen).toEqual(['list1', 'ADDED a', 'list2', 'list3']);
});
