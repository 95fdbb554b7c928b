import { expect, test } from '@jest/globals';
import { activityIdOf, stepOfActivity } from '../../../contract/activity-ids.ts';

test.each([
  ['cluster2/create-remote-secret', 1, 'cluster2/create-remote-secret'],
  ['cluster2/create-remote-secret', 12, 'cluster2/create-remote-secret#12'],
])('%s in round %d is the activity %s, and back', (step, round, activityId) => {
  expect(activityIdOf(step, round)).toBe(activityId);
  expect(stepOfActivity(activityId)).toEqual({ step, round });
});
