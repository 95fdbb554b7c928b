import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { LiveAddress } from '../../../sandbox/fabric-forwards.ts';
import type { FollowSink, KubeClient, KubeObject } from '../../../sandbox/kube-client.ts';
import { startLoadBalancer } from '../../../sandbox/load-balancer.ts';
import type { LoadBalancer } from '../../../sandbox/load-balancer.ts';
import { layOutSandbox } from '../../../sandbox/shape.ts';
import { UsageError } from '../../../sandbox/usage-error.ts';

/** An API server that keeps what it is sent and tells its follower. */
const fakeClient = () => {
  let sink: FollowSink | undefined;
  const sent: { method: string; path: string; body: unknown }[] = [];
  let refusals = 0;
  const client: KubeClient = {
    async send(method, path, body) {
      if (refusals > 0) {
        refusals -= 1;
        throw new Error('connection refused');
      }
      sent.push({ method, path, body });
      return {};
    },
    follow: async (_, given) => void (sink = given),
    close: () => undefined,
  };
  const ingress = () => {
    const patches = sent.filter(({ method }) => method === 'PATCH');
    return (patches.at(-1)?.body as { status: { loadBalancer: { ingress: unknown } } } | undefined)
      ?.status.loadBalancer.ingress;
  };
  return {
    client,
    sent,
    ingress,
    refuse: (times: number) => (refusals = times),
    list: (...objects: KubeObject[]) => sink?.onList(objects),
    event: (type: string, object: KubeObject) => sink?.onEvent({ type, object }),
  };
};

const service = (
  name: string,
  more: { type?: string; port?: number; ingress?: unknown; class?: string } = {},
) => ({
  metadata: { uid: `uid-${name}`, namespace: 'default', name },
  spec: {
    type: more.type ?? 'LoadBalancer',
    ...(more.class === undefined ? {} : { loadBalancerClass: more.class }),
    ports: [{ protocol: 'TCP', port: more.port ?? 80, nodePort: 30080 }],
  },
  status: { loadBalancer: more.ingress === undefined ? {} : { ingress: more.ingress } },
});

const [cluster] = layOutSandbox(1, 'separate');
let api: ReturnType<typeof fakeClient>;
let live: readonly LiveAddress[];
let balancer: LoadBalancer;

const start = (delayMs = 0) => {
  api = fakeClient();
  live = [];
  if (cluster === undefined) throw new Error('no cluster');
  balancer = startLoadBalancer({
    cluster,
    client: api.client,
    forwards: { replace: async (_, given) => void (live = given) },
    delayMs,
    onTrouble: () => undefined,
  });
};

beforeEach(() => {
  jest.useFakeTimers();
  start();
});
afterEach(() => {
  balancer.stop();
  jest.useRealTimers();
});

describe('the load balancer', () => {
  test('gives each Service an address and forwards its ports to the node', () => {
    api.list(service('one'), service('two'), service('internal', { type: 'ClusterIP' }));
    expect(balancer.lines().map(({ service: name, address }) => [name, address])).toEqual([
      ['default/one', '198.18.1.1'],
      ['default/two', '198.18.1.2'],
    ]);
    expect(live[0]).toEqual({
      address: '198.18.1.1',
      nodeAddress: '172.30.1.1',
      ports: [{ protocol: 'TCP', port: 80, nodePort: 30080 }],
    });
  });

  test('leaves a Service with a class of its own alone', () => {
    api.list(service('foreign', { class: 'example.com/other' }));
    expect(balancer.lines()).toEqual([]);
  });

  test('keeps an address over a new list, and writes nothing when the status is right', () => {
    api.list(service('one'));
    api.list(service('one', { ingress: [{ ip: '198.18.1.1', ipMode: 'Proxy' }] }));
    expect(api.sent.length).toBe(1);
    expect(balancer.lines()[0]?.address).toBe('198.18.1.1');
  });

  test('releases the address of a deleted Service, noticed by watch or by list', () => {
    api.list(service('one'), service('two'));
    api.event('DELETED', service('one'));
    expect(live.map(({ address }) => address)).toEqual(['198.18.1.2']);
    api.list();
    expect(live).toEqual([]);
    api.event('ADDED', service('three'));
    expect(balancer.lines()[0]?.address).toBe('198.18.1.1');
  });

  test('takes the status back from a Service that is no load balancer any more', async () => {
    api.list(service('one'));
    await jest.advanceTimersByTimeAsync(1);
    api.event(
      'MODIFIED',
      service('one', { type: 'ClusterIP', ingress: [{ ip: '198.18.1.1', ipMode: 'Proxy' }] }),
    );
    expect(api.ingress()).toEqual([]);
    expect(live).toEqual([]);
  });

  test('forwards a port that was added', () => {
    api.list(service('one'));
    api.event(
      'MODIFIED',
      service('one', { port: 443, ingress: [{ ip: '198.18.1.1', ipMode: 'Proxy' }] }),
    );
    expect(live[0]?.ports[0]?.port).toBe(443);
  });

  test('writes the status again after the API server refused', async () => {
    api.refuse(1);
    api.list(service('one'));
    expect(api.sent).toEqual([]);
    await jest.advanceTimersByTimeAsync(1000);
    expect(api.ingress()).toEqual([{ ip: '198.18.1.1', ipMode: 'Proxy' }]);
  });
});

describe('its faults', () => {
  test('a delay is counted from when the Service was seen, and can be cut short', () => {
    balancer.stop();
    start(20_000);
    api.list(service('one'));
    jest.advanceTimersByTime(19_000);
    expect(balancer.lines()[0]?.state).toBe('waiting');
    void balancer.inject({ kind: 'lb-delay', delayMs: 19_500 });
    jest.advanceTimersByTime(501);
    expect(balancer.lines()[0]?.state).toBe('ready');
  });

  test('never leaves one event for a reason, however often the Service changes', async () => {
    await balancer.inject({ kind: 'lb-never', reason: 'quota' });
    api.list(service('one'));
    api.event('MODIFIED', service('one', { port: 81 }));
    expect(api.sent.map(({ path }) => path)).toEqual(['/api/v1/namespaces/default/events']);
    await balancer.clear();
    expect(balancer.lines()[0]?.state).toBe('ready');
  });

  test('a changed address is a new one, and only that is live', async () => {
    api.list(service('one'));
    await balancer.inject({ kind: 'lb-address', action: 'change' });
    await jest.advanceTimersByTimeAsync(1);
    expect(live.map(({ address }) => address)).toEqual(['198.18.1.2']);
    expect(api.ingress()).toEqual([{ ip: '198.18.1.2', ipMode: 'Proxy' }]);
  });

  test('a dead address stays in the status, a gone one does not, restore brings both back', async () => {
    api.list(service('one'));
    await jest.advanceTimersByTimeAsync(1);
    await balancer.inject({ kind: 'lb-address', action: 'dead' });
    expect([live.length, balancer.lines()[0]?.state, api.sent.length]).toEqual([0, 'dead', 1]);
    api.event('MODIFIED', service('one', { ingress: [{ ip: '198.18.1.1', ipMode: 'Proxy' }] }));
    await balancer.inject({ kind: 'lb-address', action: 'gone' });
    expect([live.length, balancer.lines()[0]?.state]).toEqual([0, 'gone']);
    expect(api.ingress()).toEqual([]);
    api.event('MODIFIED', service('one'));
    await balancer.inject({ kind: 'lb-address', action: 'restore' });
    expect(live.length).toBe(1);
    expect(api.ingress()).toEqual([{ ip: '198.18.1.1', ipMode: 'Proxy' }]);
  });

  test('a hostname takes the place of the address and leads to it', async () => {
    api.list(service('one'));
    await balancer.inject({ kind: 'lb-hostname', name: 'gw1.lb.test' });
    await jest.advanceTimersByTimeAsync(1);
    expect(api.ingress()).toEqual([{ hostname: 'gw1.lb.test' }]);
    expect(balancer.names()).toEqual(new Map([['gw1.lb.test', ['198.18.1.1']]]));
  });

  test('one hostname for two Services is refused, with the way out', async () => {
    api.list(service('one'), service('two'));
    const shared = () => balancer.inject({ kind: 'lb-hostname', name: 'gw1.lb.test' });
    await expect(shared()).rejects.toThrow(
      'would name 2 Services (default/one, default/two); say which with --service',
    );
    await balancer.inject({ kind: 'lb-hostname', name: '{service}.lb.test' });
    expect([...balancer.names().keys()]).toEqual(['one.lb.test', 'two.lb.test']);
  });

  test('an address fault for a Service that is not there is refused', async () => {
    const wrong = () => balancer.inject({ kind: 'lb-address', action: 'dead', service: 'a/b' });
    await expect(wrong()).rejects.toThrow(UsageError);
    await expect(wrong()).rejects.toThrow('has no LoadBalancer Service a/b; it has: none');
  });
});
