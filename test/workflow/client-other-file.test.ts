import { describe, expect, test } from '@jest/globals';
import { planInstallStep } from '../../activities/planning/plan-install.ts';
import { isMeshFailure } from '../../mesh/failure.ts';
import type { StepInputs } from '../../mesh/plan/step-inputs.ts';
import { aCluster, aMeshSpec, factsOf } from '../support/a-mesh-spec.ts';
import { plannings } from '../support/away-install.ts';
import { clientBed } from '../support/client-bed.ts';
import { aPlan } from '../support/install-run.ts';
import { removalOf } from '../support/removal-plan.ts';
import { NOTHING_CHANGED, ScriptedSteps, stepFailure } from '../support/scripted-steps.ts';
import type { StepScript } from '../support/scripted-steps.ts';

const { meshFile, meshwright, work } = clientBed();

const AGREED = ['--reason', 'wrong file', '--yes'];

const elsewhere = (text: string): string =>
  text.replaceAll(/(?<name>kind-cluster|cluster)(?=\d)/gu, '$<name>9');

const planForReal: StepScript = ({ input }) =>
  planInstallStep(input as StepInputs['planInstall']).catch((error: unknown) => {
    throw isMeshFailure(error) ? stepFailure(error.type, error.message, error.details) : error;
  });

/** Clusters that answer, and the real planner. */
function planningSteps(): ScriptedSteps {
  const names = ['cluster1', 'cluster2', 'cluster91', 'cluster92'];
  const spec = aMeshSpec({ clusters: names.map((name) => aCluster(name, `net-${name}`)) });
  const steps = new ScriptedSteps();
  for (const fact of factsOf(spec)) {
    const facts = { ...fact, uid: `uid-${fact.cluster}` };
    steps.on(`${fact.cluster}/precheck`, () => ({ changed: 0, summary: 'ready', facts }));
  }
  return steps.on('mesh/plan', planForReal);
}

const removed = (steps: ScriptedSteps): string[] =>
  steps.started().filter((id) => id.endsWith('/remove-cluster'));

/** Installs a mesh with a file, and then asks for it with one that names other clusters only. */
async function installElsewhere(
  mesh: string,
  ...words: string[]
): Promise<[number | null, string]> {
  const file = await meshFile(mesh, elsewhere);
  const { exitCode, stdout, stderr } = await meshwright('install', '-f', file, '--yes', ...words);
  return [exitCode, stdout + stderr];
}

describe('a file that shares no cluster with that of the last install', () => {
  test('takes the mesh out of the clusters of that one, when a person has agreed to it', async () => {
    const steps = planningSteps();
    await work(steps);
    await meshwright('install', '-f', await meshFile('moved'), '--yes');
    const [refused, output] = await installElsewhere('moved');
    expect(refused).toBe(1);
    expect(output).toContain(
      'the file no longer names cluster1, cluster2, and nobody has confirmed that the mesh is to be removed there',
    );
    expect(removed(steps)).toEqual([]);
    expect((await installElsewhere('moved', '--confirm', 'moved'))[0]).toBe(0);
    expect(removed(steps).toSorted()).toEqual([
      'cluster1/remove-cluster',
      'cluster2/remove-cluster',
    ]);
    // that install was told to, and has done it
    expect((await installElsewhere('moved'))[0]).toBe(0);
  });

  test('knows of clusters in which that one was given up halfway, and of no others', async () => {
    const steps = planningSteps().on('cluster1/apply-base', () => {
      throw stepFailure('Forbidden', 'may not create roles', { cure: 'grant it' });
    });
    steps.on('cluster2/prepare-namespace', () => {
      throw stepFailure('Forbidden', 'may not create namespaces', { cure: 'grant it' });
    });
    await work(steps);
    const first = await meshwright('install', '-f', await meshFile('half'), '--yes');
    expect(first.exitCode).toBe(3);
    await meshwright('abort', 'half', ...AGREED, '--confirm', 'half');
    const [refused, output] = await installElsewhere('half');
    expect(refused).toBe(1);
    expect(output).toContain('the file no longer names cluster1, cluster2');
  });

  test('does not ask about clusters that were only looked at', async () => {
    const steps = planningSteps();
    steps.before('mesh/plan', () => {
      if (plannings(steps).length === 1)
        throw stepFailure('TrustMismatch', 'two roots', { cure: 'choose' });
    });
    await work(steps);
    const { exitCode } = await meshwright('install', '-f', await meshFile('looked'), '--yes');
    expect(exitCode).toBe(3);
    await meshwright('abort', 'looked', ...AGREED, '--confirm', 'looked');
    expect((await installElsewhere('looked'))[0]).toBe(0);
  });

  test('does not ask about clusters whose install was taken back', async () => {
    const steps = planningSteps().on('cluster1/apply-base', () => {
      throw stepFailure('Forbidden', 'may not create roles', { cure: 'grant it' });
    });
    const plan = removalOf('cluster1', 'cluster2');
    steps.on('mesh/undo-plan', () => ({ ...NOTHING_CHANGED, plan }));
    await work(steps);
    await meshwright('install', '-f', await meshFile('undone'), '--yes');
    const words = ['undone', '--undo', ...AGREED, '--confirm', 'undone'];
    expect((await meshwright('cancel', ...words)).exitCode).toBe(0);
    steps.on('cluster91/apply-base', () => NOTHING_CHANGED);
    expect((await installElsewhere('undone'))[0]).toBe(0);
  });

  test('knows of clusters in which a change was taken back, and the mesh is still', async () => {
    const steps = planningSteps();
    await work(steps);
    await meshwright('install', '-f', await meshFile('kept'), '--yes');
    steps.on('cluster1/apply-base', () => {
      throw stepFailure('Forbidden', 'may not create roles', { cure: 'grant it' });
    });
    steps.on('mesh/undo-plan', () => ({
      ...NOTHING_CHANGED,
      plan: aPlan({ 'cluster1/undo': [] }),
    }));
    const changed = await meshFile('kept', (text) =>
      text.replace('istio:', 'trustDomain: other.local\n  istio:'),
    );
    expect((await meshwright('install', '-f', changed, '--yes')).exitCode).toBe(3);
    const words = ['kept', '--undo', ...AGREED, '--confirm', 'kept'];
    expect((await meshwright('cancel', ...words)).exitCode).toBe(0);
    const [refused, output] = await installElsewhere('kept');
    expect(refused).toBe(1);
    expect(output).toContain('the file no longer names cluster1, cluster2');
  });
});
