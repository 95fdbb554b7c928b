import { expect, test } from '@jest/globals';
import { parseFault } from '../../../sandbox/parse-fault.ts';
import type { FaultOptions } from '../../../sandbox/parse-fault.ts';
import type { Fault } from '../../../sandbox/fault.ts';
import { UsageError } from '../../../sandbox/usage-error.ts';

const accepted: [string, FaultOptions, Fault][] = [
  ['lb-delay 20s', {}, { kind: 'lb-delay', delayMs: 20_000 }],
  ['lb-delay 0', { service: 'a/b' }, { kind: 'lb-delay', delayMs: 0, service: 'a/b' }],
  ['lb-never quota is gone', {}, { kind: 'lb-never', reason: 'quota is gone' }],
  ['lb-address change', {}, { kind: 'lb-address', action: 'change' }],
  ['lb-hostname GW1.lb.test', {}, { kind: 'lb-hostname', name: 'gw1.lb.test' }],
  ['lb-hostname {service}.c1.lb.test', {}, { kind: 'lb-hostname', name: '{service}.c1.lb.test' }],
  ['lb-hostname off', {}, { kind: 'lb-hostname' }],
  [
    'dns gw1.lb.test 198.18.1.1,198.18.1.2',
    { ttlSeconds: 60 },
    {
      kind: 'dns',
      name: 'gw1.lb.test',
      answer: { type: 'addresses', addresses: ['198.18.1.1', '198.18.1.2'], ttlSeconds: 60 },
    },
  ],
  [
    'dns gw1.lb.test servfail',
    {},
    { kind: 'dns', name: 'gw1.lb.test', answer: { type: 'servfail', ttlSeconds: 5 } },
  ],
  ['api pause', {}, { kind: 'api', action: 'pause' }],
  ['clear', {}, { kind: 'clear' }],
];

test.each(accepted)('reads "%s" with %j', (words, options, expected) => {
  expect(parseFault(words.split(' '), options)).toEqual(expected);
});

const refused: [string, FaultOptions, string][] = [
  ['explode', {}, 'unknown fault "explode"; one of lb-delay'],
  ['lb-delay', {}, 'lb-delay takes DURATION; got nothing'],
  ['lb-delay 5x', {}, 'lb-delay: "5x" is not a duration'],
  ['lb-address sideways', {}, '"sideways" is not known; one of change, dead, gone, restore'],
  ['lb-hostname example.com', {}, '"example.com" is not a name below .lb.test'],
  ['dns {service}.lb.test nxdomain', {}, 'is not a name below .lb.test'],
  ['dns gw1.lb.test 1.2.3', {}, '"1.2.3" is not an IPv4 address'],
  ['dns gw1.lb.test nxdomain', { ttlSeconds: Number.NaN }, '--ttl takes a whole number'],
  ['lb-delay 1s', { ttlSeconds: 5 }, '--ttl goes with dns faults'],
  ['api stop', { service: 'a/b' }, '--service goes with lb-* faults'],
  ['lb-never', { service: 'b' }, '--service "b": write NAMESPACE/NAME'],
  ['api restart', {}, '"restart" is not known; one of stop, start, pause, resume'],
  ['clear all', {}, 'clear takes no argument, got "all"'],
];

test.each(refused)('refuses "%s" with %j', (words, options, message) => {
  const parse = () => parseFault(words.split(' '), options);
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(message);
});
