import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { describeRef, type KubernetesObject, refOf } from '../../mesh/kubernetes-object.ts';
import { resolvePart } from '../../sandbox/toolchain/resolve.ts';
import { installPrimary } from '../support/primary-install.ts';
import { type StepsBed, startStepsBed } from '../support/steps-bed.ts';
import { failureOf } from '../support/test-clusters.ts';

const namespace = 'istio-system';
let bed: StepsBed;

beforeAll(async () => {
  bed = await startStepsBed();
});

afterAll(() => bed.stop());

/** The first half of what `istioctl install` applies, in its order. */
async function halfOfIstioctl(): Promise<KubernetesObject[]> {
  const istioctl = await resolvePart('istioctl', { env: process.env, onProgress: () => undefined });
  const { stdout } = await promisify(execFile)(istioctl, ['manifest', 'generate'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const objects = parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
  return objects.slice(0, objects.length / 2);
}

const list = (items: KubernetesObject[]): object => ({ apiVersion: 'v1', kind: 'List', items });

/** Objects as they are, versions included. */
function live(objects: KubernetesObject[]): Promise<(KubernetesObject | null)[]> {
  return Promise.all(objects.map((object) => bed.cluster.read(refOf(object))));
}

test('an istioctl killed halfway is refused with all its objects, until each is handed over with the command that is shown', async () => {
  const half = await halfOfIstioctl();
  await bed.kubectl(['create', 'namespace', namespace]);
  const apply = ['apply', '--server-side', '--field-manager=istio-operator', '-f', '-'];
  await bed.kubectl(apply, list(half));
  const theirs = half.filter(({ kind }) => kind !== 'CustomResourceDefinition');
  expect(theirs.length).toBeGreaterThan(3);
  const before = await live(theirs);

  const handedOver: string[] = [];
  const install = async (): Promise<number> => {
    const outcome = await installPrimary(bed.steps).catch((error: unknown) => error);
    if (typeof outcome === 'number') return outcome;
    const failure = await failureOf(Promise.reject(outcome as Error));
    expect(failure).toMatchObject({ type: 'ForeignInstall', details: { cluster: 'cluster1' } });
    expect(failure.details.lines?.[0]).toMatch(/, made by istio-operator$/);
    if (handedOver.length === 0) expect(await live(theirs)).toEqual(before);
    handedOver.push(failure.details.object ?? '');
    const command = /mesh: kubectl (.*=)MESH; then retry$/.exec(failure.details.cure ?? '')?.[1];
    await bed.kubectl(`${command ?? ''}prod`.split(' '));
    return install();
  };
  expect(await install()).toBeGreaterThan(0);
  expect(await installPrimary(bed.steps)).toBe(0);
  const names = theirs.map((object) => describeRef(refOf(object)));
  expect(handedOver.toSorted()).toEqual(names.toSorted());
});
