import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import type { FaultKind } from '../support/fault-proxy/fault-kinds.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy/fault-proxy.ts';
import { faultOn, faultsBySeed } from '../support/fault-proxy/fault-source.ts';
import { type KubeApiServer, startKubeApiServer } from '../support/kube-api-server.ts';

let kube: KubeApiServer;
let proxy: FaultProxy;
let agent: Agent;

beforeAll(async () => {
  kube = await startKubeApiServer();
  proxy = await startFaultProxy(kube);
});

beforeEach(() => {
  agent = new Agent({ connect: { ca: kube.caPem } });
});

afterEach(async () => {
  proxy.inject(null);
  await agent.destroy();
});

afterAll(async () => {
  await proxy.stop();
  await kube.stop();
});

const MAPS = '/api/v1/namespaces/default/configmaps';

async function send(
  path: string,
  more: { method?: 'GET' | 'POST'; body?: object; signal?: AbortSignal; dispatcher?: Agent } = {},
): Promise<{ code: number; retryAfter: string | undefined; text: string }> {
  const { method = 'GET', body, signal, dispatcher = agent } = more;
  const answer = await request(`${proxy.server}${path}`, {
    method,
    dispatcher,
    headers: { authorization: `Bearer ${kube.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const retryAfter = answer.headers['retry-after'] as string | undefined;
  return { code: answer.statusCode, retryAfter, text: await answer.body.text() };
}

function create(name: string): ReturnType<typeof send> {
  return send(MAPS, { method: 'POST', body: { metadata: { name } } });
}

/** Does a fault to the next request that can suffer it. */
function next(kind: FaultKind, settings = {}): void {
  proxy.inject(
    faultOn(kind, () => true),
    settings,
  );
}

test.each(['HTTP/2', 'HTTP/1.1'])(
  'what is not disturbed comes through over %s',
  async (version) => {
    const dispatcher = new Agent({ connect: { ca: kube.caPem }, allowH2: version === 'HTTP/2' });
    const { code, text } = await send('/version', { dispatcher });
    expect([code, JSON.parse(text)]).toEqual([200, expect.objectContaining({ major: '1' })]);
    const stranger = await request(`${proxy.server}${MAPS}`, { dispatcher });
    expect(stranger.statusCode).toBe(403);
    await dispatcher.destroy();
  },
);

test('a reset before loses the request, a reset after loses the answer only', async () => {
  next('resetBefore');
  await expect(create('before')).rejects.toThrow();
  expect((await send(`${MAPS}/before`)).code).toBe(404);
  next('resetAfter');
  await expect(create('after')).rejects.toThrow();
  expect((await send(`${MAPS}/after`)).code).toBe(200);
});

test('a late error hides that the write was done', async () => {
  next('lateError');
  expect((await create('late')).code).toBe(504);
  expect((await send(`${MAPS}/late`)).code).toBe(200);
});

test('refusals are those of Kubernetes', async () => {
  next('throttled', { retryAfterSeconds: 7 });
  expect(await send(MAPS)).toMatchObject({ code: 429, retryAfter: '7' });
  next('serverError');
  expect((await send(MAPS)).code).toBeGreaterThanOrEqual(500);
  next('latency', { latencyMs: 300 });
  const startedAt = Date.now();
  expect((await send(MAPS)).code).toBe(200);
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290);
});

test('a black hole swallows its whole connection, and a new connection is served', async () => {
  next('blackHole');
  const signal = AbortSignal.timeout(400);
  await expect(send(MAPS, { signal })).rejects.toThrow();
  await expect(send(MAPS, { signal: AbortSignal.timeout(400) })).rejects.toThrow();
  const fresh = new Agent({ connect: { ca: kube.caPem } });
  expect((await send(MAPS, { dispatcher: fresh })).code).toBe(200);
  await fresh.destroy();
});

test('a stale list is the first one again, unless a newer one is demanded', async () => {
  const query = `${MAPS}?limit=400`;
  const versionOf = ({ text }: { text: string }): string =>
    (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  const first = versionOf(await send(query));
  await create('not-in-the-first-list');
  const second = versionOf(await send(query));
  proxy.inject(faultOn('staleRead', () => true, 2));
  expect(versionOf(await send(query))).toBe(first);
  const demanded = await send(
    `${query}&resourceVersion=${second}&resourceVersionMatch=NotOlderThan`,
  );
  expect(Number(versionOf(demanded))).toBeGreaterThanOrEqual(Number(second));
});

test('a watch is cut, ended as gone, or silent', async () => {
  const watch = `${MAPS}?watch=true`;
  next('watchCut');
  await expect(send(watch)).rejects.toThrow();
  next('watchGone');
  expect(JSON.parse((await send(watch)).text)).toMatchObject({
    type: 'ERROR',
    object: { code: 410 },
  });
  next('watchSilence');
  await expect(send(watch, { signal: AbortSignal.timeout(400) })).rejects.toThrow();
});

test('what was done is told, and the same seed does the same again', async () => {
  const done = async (seed: string): Promise<string[]> => {
    const before = proxy.injected().length;
    proxy.inject(faultsBySeed(seed, { throttled: 0.3, serverError: 0.3 }));
    for (let index = 0; index < 30; index += 1) await send(`${MAPS}/seeded-${index}`);
    return proxy
      .injected()
      .slice(before)
      .map(({ kind, path }) => `${kind} ${path}`);
  };
  const byRequest = faultsBySeed('1', { throttled: 0.3, serverError: 0.3 });
  const first = await done('1');
  expect(first.length).toBeGreaterThan(5);
  const again = Array.from({ length: 30 }, (_, index) => {
    const path = `${MAPS}/seeded-${index}`;
    const kind = byRequest({ method: 'GET', path, watch: false, before: 0, atMs: 0 });
    return kind === null ? [] : [`${kind} ${path}`];
  }).flat();
  expect(first).toEqual(again);
  expect(await done('2')).not.toEqual(first);
});
