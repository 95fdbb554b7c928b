import { describe, expect, test } from '@jest/globals';
import type { InjectionConfig, ManualInjector } from '../../../activities/ports/manual-injector.ts';
import { VALID_MESH_FILE } from '../../support/refused-mesh-file.ts';
import { type FakeCluster, fakeCluster, fakeClusters } from '../../support/fake-cluster.ts';
import {
  injectManifests,
  type InjectionTarget,
  injectionTarget,
} from '../../../worker/manual-injection.ts';

const pod = (name: string, more = '', containers = '[{name: app, image: x}]'): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}${more}}, spec: {containers: ${containers}}}`;
const INJECTED = pod('a', '', '[{name: app, image: x}, {name: istio-proxy, image: y}]');

/** An injector that remembers what it is given and answers what a test wants. */
function injectorOf(answer: string): ManualInjector & { given: InjectionConfig[] } {
  const given: InjectionConfig[] = [];
  return {
    given,
    inject(_version, _revision, config) {
      given.push(config);
      return Promise.resolve(answer);
    },
  };
}

function installed(revision = '-canary'): FakeCluster {
  const cluster = fakeCluster('cluster1');
  const put = (name: string, data: object): void => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name };
    cluster.update('meshwright', ref, (found) => ({ ...found, data }));
  };
  put(`istio${revision}`, { mesh: 'trustDomain: cluster.local' });
  put(`istio-sidecar-injector${revision}`, {
    config: 'templates: {}',
    values: JSON.stringify({
      global: { multiCluster: { clusterName: 'cluster1' }, network: 'network1', hub: 'h' },
    }),
  });
  return cluster;
}

const target = (cluster: string): InjectionTarget =>
  injectionTarget(VALID_MESH_FILE, 'mesh.yaml', cluster);
const inject = (
  cluster: FakeCluster,
  injector: ManualInjector,
  text: string,
  of = target('cluster2'),
): ReturnType<typeof injectManifests> =>
  injectManifests({ clusters: fakeClusters(cluster), injector }, of, { name: 'app.yaml', text });

describe('manual injection', () => {
  test('takes the configuration of the primary and names the remote in it', async () => {
    const injector = injectorOf(INJECTED);
    await expect(inject(installed(), injector, pod('a'))).resolves.toEqual({
      output: INJECTED,
      notes: [],
    });
    const [{ templates, values, mesh } = { templates: '', values: '', mesh: '' }] = injector.given;
    expect({ templates, mesh, values: JSON.parse(values) as unknown }).toEqual({
      templates: 'templates: {}',
      mesh: 'trustDomain: cluster.local',
      values: {
        global: { multiCluster: { clusterName: 'cluster2' }, network: 'network2', hub: 'h' },
      },
    });
  });

  test('takes a primary’s own configuration as it is', async () => {
    const injector = injectorOf(INJECTED);
    await inject(installed(), injector, pod('a'), target('cluster1'));
    expect(injector.given[0]?.values).toContain('"clusterName":"cluster1"');
    expect(target('cluster1')).toMatchObject({ identity: null, source: { name: 'cluster1' } });
  });

  test('says which workloads get no sidecar, and why', async () => {
    const text = [
      pod('a'),
      '{apiVersion: v1, kind: Pod, metadata: {name: node}, spec: {hostNetwork: true, containers: []}}',
      pod('quiet', ', namespace: x, labels: {sidecar.istio.io/inject: "false"}'),
      '{apiVersion: v1, kind: Secret, metadata: {name: s}}',
    ].join('\n---\n');
    await expect(inject(installed(), injectorOf(INJECTED), text)).resolves.toMatchObject({
      notes: [
        "Pod node gets no sidecar: it uses its node's network",
        'Pod x/quiet gets no sidecar: sidecar.istio.io/inject is false',
      ],
    });
  });

  test.each<[string, string, string]>([
    ['a file without workloads', '{apiVersion: v1, kind: Secret}', 'there is nothing to inject'],
    ['an empty file', '', 'there is nothing to inject in app.yaml'],
    ['a workload that has a sidecar', INJECTED, 'Pod a of app.yaml has a container istio-proxy'],
    [
      'a native sidecar',
      '{apiVersion: v1, kind: Pod, metadata: {name: n}, spec: {initContainers: [{name: istio-proxy}]}}',
      'Pod n of app.yaml has a container istio-proxy already',
    ],
    ['what is not YAML', 'a: [b', 'app.yaml is not YAML'],
  ])('refuses %s and asks nobody', async (_what, text, says) => {
    const injector = injectorOf(INJECTED);
    await expect(inject(installed(), injector, text)).rejects.toThrow(says);
    expect(injector.given).toEqual([]);
  });

  test('does not quote manifests that are not YAML: they may be Secrets', async () => {
    const text = `kind: Secret\nstringData:\n  password: correct-horse: battery\n`;
    const refused = await inject(installed(), injectorOf(INJECTED), text).catch(
      (error: unknown) => error as Error,
    );
    expect((refused as Error).message).toMatch(/^app\.yaml is not YAML: .+ at line 3, column \d+$/);
    expect((refused as Error).message).not.toContain('horse');
  });

  test('believes no istioctl that answers a workload as it was', async () => {
    const list = `{apiVersion: v1, kind: List, items: [${pod('a')}]}`;
    await expect(inject(installed(), injectorOf(list), list)).rejects.toThrow(
      'left Pod a without a sidecar',
    );
  });

  test('is refused while the control plane is not installed, or without templates', async () => {
    const says = 'its control plane is not installed';
    await expect(
      inject(fakeCluster('cluster1'), injectorOf(INJECTED), pod('a')),
    ).rejects.toMatchObject({ message: expect.stringContaining(says), exitCode: 1 });
    // of another revision
    await expect(inject(installed(''), injectorOf(INJECTED), pod('a'))).rejects.toThrow(says);
  });

  test('knows the clusters of the mesh file, and what was meant', () => {
    expect(() => target('clutser2')).toThrow('there is no cluster "clutser2" in mesh.yaml');
    try {
      target('clutser2');
    } catch (error) {
      expect(error).toMatchObject({ cure: 'did you mean "cluster2"?', exitCode: 2 });
    }
    expect(() => injectionTarget('kind: Mesh', 'mesh.yaml', 'a')).toThrow(
      'mesh.yaml is not a valid mesh file',
    );
  });

  test.each([
    ['Deployment', 'spec: {template: {spec: {containers: []}}}'],
    ['CronJob', 'spec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}'],
    ['Job', 'spec: {template: {metadata: null, spec: {containers: []}}}'],
  ])('finds the pods of a %s', async (kind, spec) => {
    const text = `{kind: ${kind}, metadata: {name: w}, ${spec}}`;
    await expect(inject(installed(), injectorOf(INJECTED), text)).resolves.toMatchObject({
      notes: [],
    });
  });
});
