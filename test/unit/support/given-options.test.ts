import { expect, test } from '@jest/globals';
import { withGivenOptions } from '../../support/given-options.ts';

const OWN = ['--runInBand', '--testTimeout=300000'];

test.each([
  ['--testTimeout=5000', ['--runInBand', '--testTimeout=5000']],
  ['--testTimeout', ['--runInBand', '--testTimeout']],
  ['test/unit/a.test.ts', ['--runInBand', '--testTimeout=300000', 'test/unit/a.test.ts']],
])('a limit comes once, and from whoever runs the tests first: %s', (given, all) => {
  expect(withGivenOptions(OWN, [given])).toEqual(all);
});
