import { createSurveyCluster } from '../../activities/planning/survey-cluster.ts';
import type { ClusterSurvey } from '../../mesh/plan/cluster-survey.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { fakePorts, fakeScope } from './fake-ports.ts';
import { namespace } from './installed-cluster.ts';

/** Surveys cluster `west` of mesh `prod`, in a step that was scheduled now unless a test says otherwise. */
export async function survey(
  cluster: FakeCluster,
  more: Partial<StepInputs['surveyCluster']> = {},
  scheduledAt?: string,
): Promise<ClusterSurvey | undefined> {
  const scope = fakeScope(scheduledAt);
  const outcome = await createSurveyCluster(fakePorts([cluster], { scope: () => scope }))({
    cluster: { name: 'west', context: 'west' },
    mesh: 'prod',
    namespace,
    revision: null,
    members: ['east', 'west'],
    crds: false,
    limitMs: 15_000,
    ...more,
  });
  return outcome.survey;
}
