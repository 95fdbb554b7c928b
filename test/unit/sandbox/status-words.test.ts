import { expect, test } from '@jest/globals';
import { faultWords } from '../../../sandbox/fault-words.ts';
import { parseFault } from '../../../sandbox/parse-fault.ts';
import { renderStatus } from '../../../sandbox/run-status.ts';
import type { ClusterStatus } from '../../../sandbox/sandbox-status.ts';

const loadBalancer = {
  service: 'a/gw',
  address: '198.18.1.1',
  hostname: null,
  state: 'dead' as const,
};

test('faults in force are said in words that sandbox fault takes back', () => {
  const words = faultWords({
    policies: {
      all: { delayMs: 90_000 },
      byService: new Map([['a/gw', { neverReason: 'quota', hostname: 'gw.lb.test' }]]),
    },
    loadBalancers: [loadBalancer],
    answers: new Map([['gw.lb.test', { type: 'nxdomain', ttlSeconds: 7 }]]),
    api: 'pause',
  });
  expect(words).toEqual([
    'lb-delay 1m30s',
    'lb-never quota --service a/gw',
    'lb-hostname gw.lb.test --service a/gw',
    'lb-address dead --service a/gw',
    'dns gw.lb.test nxdomain --ttl 7',
    'api pause',
  ]);
  for (const word of words) {
    const [plain = ''] = word.split(' --');
    expect(() => parseFault(plain.split(' '))).not.toThrow();
  }
});

test('the table shows every cluster, and below it only what is out of order', () => {
  const cluster: ClusterStatus = {
    name: 'cluster1',
    network: 'network1',
    state: 'degraded',
    reason: null,
    nodeAddress: '172.30.1.1',
    apiServer: 'https://172.30.1.1:6443',
    localApiServer: 'https://127.0.0.1:4711',
    components: [
      { name: 'etcd', state: 'running', unexpectedExits: 0, lastExit: null },
      { name: 'kubelet', state: 'restarting', unexpectedExits: 2, lastExit: 'SIGKILL at noon' },
    ],
    loadBalancers: [loadBalancer],
    faults: ['lb-address dead --service a/gw'],
  };
  const status = {
    apiVersion: 'meshwright.dev/v1alpha1',
    kind: 'SandboxStatus',
    nameServer: '127.0.0.1:5300',
    state: 'degraded',
    startedAt: '2026-11-21T07:00:00.000Z',
    clusters: [cluster],
  } as const;
  expect(renderStatus(status).split('\n')).toEqual([
    'CLUSTER   NETWORK   STATE     API SERVER              FROM OTHER CLUSTERS',
    'cluster1  network1  degraded  https://127.0.0.1:4711  https://172.30.1.1:6443',
    '',
    'cluster1: kubelet restarting, died 2 times, last: SIGKILL at noon',
    'cluster1: load balancer a/gw: dead 198.18.1.1',
    'cluster1: fault: lb-address dead --service a/gw',
  ]);
});
