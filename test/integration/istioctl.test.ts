import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { istioctlRenderer } from '../../activities/adapters/istioctl.ts';
import { renderedManifests } from '../../activities/adapters/rendered-manifests.ts';
import type { ManifestRenderer } from '../../activities/ports/manifest-renderer.ts';
import type { JsonObject } from '../../mesh/json.ts';
import { resolveParts } from '../../sandbox/toolchain/resolve.ts';
import { failureOf } from '../support/test-clusters.ts';

jest.setTimeout(120_000);

let istioctl: string;
let version: string;
let dir: string;
let wrapper: string;

beforeAll(async () => {
  const parts = await resolveParts(['istioctl'], { env: process.env, onProgress: () => undefined });
  istioctl = parts.istioctl;
});

/** The real istioctl behind a script that counts how often it renders. */
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshwright-istioctl-'));
  wrapper = join(dir, 'istioctl');
  writeFileSync(
    wrapper,
    `#!/bin/sh\n[ "$1" = manifest ] && echo render >> ${dir}/renders\nexec ${istioctl} "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
  version = '1.31.0-dev.20260827';
});

function renderer(paths = [wrapper], searchDirs: string[] = []): ManifestRenderer {
  const config = { paths, versionsDir: join(dir, 'versions'), searchDirs };
  return istioctlRenderer(config, renderedManifests(join(dir, 'rendered')), () => undefined);
}

function operator(network: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    spec: {
      ...spec,
      values: { global: { meshID: 'demo', network, multiCluster: { clusterName: 'east' } } },
    },
  };
}

function renders(): number {
  try {
    return readFileSync(join(dir, 'renders'), 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}

test('renders Istio’s objects with their values of the right types', async () => {
  const objects = await renderer().render(version, operator('no'));
  const find = (kind: string, name: string): JsonObject =>
    objects.find(
      (object) => object.kind === kind && object.metadata.name === name,
    ) as unknown as JsonObject;
  expect(objects.filter(({ kind }) => kind === 'CustomResourceDefinition').length).toBeGreaterThan(
    10,
  );
  expect(find('Service', 'istiod')['spec']).toMatchObject({
    ports: expect.arrayContaining([expect.objectContaining({ port: 15012 })]),
  });
  const deployment = JSON.stringify(find('Deployment', 'istiod'));
  // A network called "no" is a text for Go, which reads YAML 1.1, only when it is quoted on the way in and out.
  expect(find('ConfigMap', 'istio-sidecar-injector')['data']).toMatchObject({
    values: expect.stringContaining('"network": "no"'),
  });
  expect(deployment).toContain('{"name":"CLUSTER_ID","value":"east"}');
});

test('the same document is rendered once, by all who want it at once and after a restart', async () => {
  const one = renderer();
  const [first, second] = await Promise.all([
    one.render(version, operator('a')),
    one.render(version, operator('a')),
  ]);
  expect(second).toEqual(first);
  expect(await renderer().render(version, operator('a'))).toEqual(first);
  expect(renders()).toBe(1);
  await one.render(version, operator('b'));
  expect(renders()).toBe(2);
  const [file = ''] = readdirSync(join(dir, 'rendered'));
  expect(statSync(join(dir, 'rendered', file)).mode & 0o077).toBe(0);
});

test('callers get objects of their own', async () => {
  const one = renderer();
  const [first, second] = await Promise.all([
    one.render(version, operator('a')),
    one.render(version, operator('a')),
  ]);
  const [object] = first ?? [];
  if (object !== undefined) object.metadata.name = 'changed';
  expect(second?.[0]?.metadata.name).not.toBe('changed');
});

test('a document istioctl refuses is ToolFailed with its reason', async () => {
  const failure = await failureOf(renderer().render(version, operator('a', { nosuchfield: 1 })));
  expect(failure.type).toBe('ToolFailed');
  expect(failure.message).toBe(
    `istioctl ${version} refuses to render: could not unmarshal: json: unknown field "nosuchfield"`,
  );
});

test('a version nobody has is ToolMissing and says what was found and where it is expected', async () => {
  const failure = await failureOf(renderer().render('1.0.0', operator('a')));
  expect(failure.type).toBe('ToolMissing');
  expect(failure.message).toBe(`the worker has no istioctl 1.0.0; found ${wrapper} (${version})`);
  expect(failure.details.cure).toContain(join(dir, 'versions/1.0.0/istioctl'));
  expect((await failureOf(renderer([]).render('1.0.0', operator('a')))).message).toContain(
    'no istioctl was found',
  );
});

test('a binary is found by version directory and on PATH, and one that does not run is passed over', async () => {
  const broken = join(dir, 'broken');
  writeFileSync(broken, '#!/bin/sh\nexit 1\n');
  chmodSync(broken, 0o755);
  const path = join(dir, 'path');
  mkdirSync(path);
  writeFileSync(join(path, `istioctl-${version}`), readFileSync(wrapper));
  chmodSync(join(path, `istioctl-${version}`), 0o755);
  expect((await renderer([broken], [path]).render(version, operator('a'))).length).toBeGreaterThan(
    10,
  );
});
