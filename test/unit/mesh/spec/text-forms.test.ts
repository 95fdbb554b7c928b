import { describe, expect, test } from '@jest/globals';
import { hostOfServer, isLoopbackServer } from '../../../../mesh/spec/api-server.ts';
import { parseDuration } from '../../../../mesh/spec/duration.ts';
import { nearestName } from '../../../../mesh/spec/nearest-name.ts';
import { formatSpecPath } from '../../../../mesh/spec/spec-problem.ts';
import {
  checkApiServer,
  checkContext,
  checkHub,
  checkImage,
  checkLabel,
  checkTag,
  checkTrustDomain,
  checkVersion,
} from '../../../../mesh/spec/text-checks.ts';
import { doubtScalar } from '../../../../mesh/spec/yaml-scalar.ts';

describe('a plain YAML scalar', () => {
  test.each([
    'y',
    'Y',
    'yes',
    'YES',
    'n',
    'No',
    'on',
    'OFF',
    '01',
    '-07',
    '089',
    '0o7',
    '1_000',
    '0x_ff',
    '0b11',
    '1:30',
    '20:30:40.5',
    '2001-12-14',
    '2001-12-14t21:59:43.10-05:00',
    '1.10',
    '-1.20',
    '1e3',
    '12E4',
    '.inf',
    '-.INF',
    '.nan',
    '9007199254740992',
  ])('%s is doubted', (source) => {
    expect(doubtScalar(source)).not.toBeNull();
  });

  test.each([
    'true',
    'False',
    'null',
    '~',
    '',
    '0',
    '10',
    '-1',
    '1.5',
    '1.0',
    '100.0',
    '0.05',
    '0x1f',
    'yess',
    'note',
    'Y2K',
    'one',
    'none',
    'offset',
    '1.30.4',
    '10m',
    '1_a',
    'a_1',
    '_1',
    '1.2.3-4',
    '10:99',
    'a:1',
    '2001-12',
    '1.5e3',
    '9007199254740991',
    'https://a:1',
    '192.168.1.10',
  ])('%s is not doubted', (source) => {
    expect(doubtScalar(source)).toBeNull();
  });
});

describe('the nearest name', () => {
  test.each([
    ['contxt', 'context'],
    ['CONTEXT', 'context'],
    ['netwrok', 'network'],
    ['contexts', 'context'],
    ['meshId', 'meshID'],
    ['nmae', 'name'],
  ])('of %s is %s', (wrong, right) => {
    expect(nearestName(wrong, ['name', 'context', 'network', 'meshID'])).toBe(right);
  });

  test.each(['server', 'x', 'controlPlane', ''])('of %s is none', (wrong) => {
    expect(nearestName(wrong, ['name', 'context', 'network'])).toBeNull();
  });
});

describe('a duration', () => {
  test.each([
    ['1s', 1_000],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1h1m1s', 3_661_000],
    ['0s', 0],
  ])('%s has %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(['', '10', 's', '1d', '1.5h', '-1s', '1m1h', '1 m', '1s1s', '1M', '500ms'])(
    '%s is none',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe('an API server', () => {
  test.each([
    'https://10.0.0.1',
    'https://api.example:6443/',
    'https://[2001:db8::1]:6443',
    'https://API.Example',
    'https://1and1.example',
    'https://128.0.0.1',
    'https://[::2]',
    'https://[::ffff:10.0.0.1]',
    'https://localhost.example',
    'https://loopback',
  ])('may be %s', (server) => {
    expect(checkApiServer(server)).toBeNull();
    expect(isLoopbackServer(server)).toBe(false);
  });

  test.each([
    'https://',
    'https://:6443',
    'https://a b',
    'https://-a.example',
    'https://a..b',
    'https://1.2.3',
    'https://2130706433',
    'https://0x7f.1',
    'https://1.2.3.256',
    'https://010.0.0.1',
    'https://[::1',
    'https://a:0',
    'https://a:99999',
    'ftp://a',
    'a:6443',
    'https://a/#x',
    '',
  ])('may not be %s', (server) => {
    expect(checkApiServer(server)).not.toBeNull();
  });

  test.each([
    'https://127.0.0.1',
    'https://127.255.255.254:1/x',
    'http://localhost:8080',
    'https://LOCALHOST.',
    'https://a.localhost',
    'https://[::1]:6443',
    'https://[::]',
    'https://[0:0:0:0:0:0:0:1]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:7f00:1]',
    'https://0.0.0.0:6443',
    'https://user:pass@127.0.0.1:6443',
  ])('%s means the caller itself', (server) => {
    expect(isLoopbackServer(server)).toBe(true);
  });

  test('has a host, unless it is no URL', () => {
    expect(hostOfServer('https://A.example:6443/k8s')).toBe('a.example');
    expect(hostOfServer('https://[::1]:6443')).toBe('::1');
    expect(hostOfServer('10.0.0.1:6443')).toBeNull();
  });
});

test.each([
  [checkLabel, 'a'],
  [checkLabel, '0-a'],
  [checkLabel, 'x'.repeat(63)],
  [checkVersion, '1.30.4'],
  [checkVersion, '1.31.0-dev.20260827'],
  [checkVersion, '1.31.0-rc.0'],
  [checkTrustDomain, 'cluster.local'],
  [checkTrustDomain, 'td1'],
  [checkHub, 'docker.io/istio'],
  [checkHub, 'meshwright.local'],
  [checkHub, 'localhost:5000/a/b'],
  [checkTag, '1.30.4-distroless'],
  [checkImage, 'meshwright.local/app:1'],
  [checkImage, 'a.example:5000/b@sha256:0123'],
  [checkContext, 'arn:aws:eks:eu-west-1:1:cluster/a b'],
])('%p lets %s through', (check, text) => {
  expect(check(text)).toBeNull();
});

test('a path is written as people write it', () => {
  expect(formatSpecPath(['spec', 'clusters', 1, 'context'])).toBe('clusters[1].context');
  expect(formatSpecPath(['metadata', 'name'])).toBe('metadata.name');
  expect(formatSpecPath(['spec'])).toBe('spec');
  expect(formatSpecPath(['spec', 'istio', 'values', 'a.b/c', 'd'])).toBe('istio.values."a.b/c".d');
  expect(formatSpecPath([])).toBe('');
});
