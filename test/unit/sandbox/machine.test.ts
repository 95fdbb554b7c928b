import { expect, test } from '@jest/globals';
import { requireSandboxMachine } from '../../../sandbox/machine.ts';
import { UsageError } from '../../../sandbox/usage-error.ts';

const able = { platform: 'linux', userId: 0, namespaceTrouble: undefined, cgroupsWritable: true };

test('a machine with everything is taken', () => {
  expect(() => requireSandboxMachine(able)).not.toThrow();
});

test.each([
  [{ ...able, platform: 'darwin', userId: 501 }, 'it needs Linux, this is darwin'],
  [{ ...able, userId: 1000 }, 'it needs root'],
  [
    { ...able, namespaceTrouble: 'Operation not permitted' },
    'namespaces cannot be made (Operation not permitted)',
  ],
  [{ ...able, cgroupsWritable: false }, 'cgroups below /sys/fs/cgroup cannot be written'],
])('%j is refused with its one reason and the way on', (facts, reason) => {
  const check = () => requireSandboxMachine(facts);
  expect(check).toThrow(UsageError);
  expect(check).toThrow(reason);
  expect(check).toThrow('docs/kind.md');
});
