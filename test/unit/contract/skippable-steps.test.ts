import { expect, test } from '@jest/globals';
import { missingWithout } from '../../../contract/skippable-steps.ts';
import { STEP_TIMING } from '../../../contract/step-activities.ts';

test('what others need may not be skipped, and the rest says what is missing in one short line', () => {
  const kinds = Object.keys(STEP_TIMING);
  const needed = kinds.filter((kind) => missingWithout(kind) === null);
  expect(needed).toEqual(
    expect.arrayContaining(['precheck', 'planInstall', 'prepareNamespace', 'createCaSecret']),
  );
  const missing = kinds.flatMap((kind) => missingWithout(kind) ?? []);
  expect(missing.length).toBeGreaterThan(10);
  expect(missing.filter((text) => text.length > 80 || !/^[a-z]/u.test(text))).toEqual([]);
  expect(missingWithout('toString')).toBeNull();
});
