import { expect, test } from '@jest/globals';
import { forwardingRules, openFabricForwards } from '../../../sandbox/fabric-forwards.ts';

const live = (address: string, nodeAddress: string) => ({
  address,
  nodeAddress,
  ports: [{ protocol: 'TCP', port: 15443, nodePort: 30001 }],
});

test('rules make exactly the given addresses live', () => {
  expect(forwardingRules([live('198.18.1.1', '172.30.1.1')])).toBe(
    [
      'flush set ip fabric live',
      'flush map ip fabric forwards',
      'add element ip fabric live { 198.18.1.1 }',
      'add element ip fabric forwards { 198.18.1.1 . tcp . 15443 : 172.30.1.1 . 30001 }',
      '',
    ].join('\n'),
  );
});

test('no address at all silences everything', () => {
  expect(forwardingRules([])).toBe('flush set ip fabric live\nflush map ip fabric forwards\n');
});

test('one cluster replaces its own addresses and keeps those of the others', async () => {
  const loaded: string[] = [];
  const forwards = openFabricForwards(async (rules) => void loaded.push(rules));
  await forwards.replace('cluster1', [live('198.18.1.1', '172.30.1.1')]);
  await forwards.replace('cluster2', [live('198.18.2.1', '172.30.2.1')]);
  await forwards.replace('cluster1', []);
  expect(loaded[1]).toContain('198.18.1.1, 198.18.2.1');
  expect(loaded[2]).toContain('{ 198.18.2.1 }');
});

test('a write that failed does not stop the next one', async () => {
  let fail = true;
  const forwards = openFabricForwards(async () => {
    if (fail) throw new Error('nft is busy');
  });
  await expect(forwards.replace('cluster1', [])).rejects.toThrow('nft is busy');
  fail = false;
  await expect(forwards.replace('cluster1', [])).resolves.toBeUndefined();
});
