import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { GO_PARTS } from '../../../../sandbox/toolchain/go-parts.ts';
import {
  COREDNS_VERSION,
  ETCD_VERSION,
  ISTIO_MODULE_VERSION,
  KUBERNETES_VERSION,
} from '../../../../sandbox/toolchain/versions.ts';

const TOOLCHAIN = join(import.meta.dirname, '../../../../sandbox/toolchain');

function moduleFile(module: string): Promise<string> {
  return readFile(join(TOOLCHAIN, module, 'go.mod'), 'utf8');
}

describe('the Go module files', () => {
  test.each([
    ['etcd', `go.etcd.io/etcd/server/v3 v${ETCD_VERSION}`],
    ['kubernetes', `k8s.io/kubernetes v${KUBERNETES_VERSION}`],
    ['coredns', `github.com/coredns/coredns v${COREDNS_VERSION}`],
    ['istio', `istio.io/istio ${ISTIO_MODULE_VERSION}`],
  ])('of %s pins the version that is announced', async (module, requirement) => {
    expect(await moduleFile(module)).toContain(`\t${requirement} `);
  });

  test('of kubernetes replaces every staging module by the release of the same patch', async () => {
    const published = `v0.${KUBERNETES_VERSION.split('.').slice(1).join('.')}`;
    const text = await moduleFile('kubernetes');
    const replaced = [...text.matchAll(/^\t(k8s\.io\/\S+) => (\S+) (\S+)$/gm)];
    expect(replaced.length).toBeGreaterThan(30);
    for (const [, from, to, version] of replaced) {
      expect([from, version]).toEqual([to, published]);
    }
    const unpublished = [...text.matchAll(/^\t(k8s\.io\/\S+) v0\.0\.0 /gm)].map(
      (match) => match[1],
    );
    expect(replaced.map((match) => match[1])).toEqual(expect.arrayContaining(unpublished));
  });

  test.each(Object.entries(GO_PARTS).filter(([, { package: name }]) => name !== '.'))(
    'name %s as a tool, so that its requirements stay in go.sum',
    async (_, part) => {
      expect(await moduleFile(part.module)).toMatch(
        new RegExp(`^(tool |\\t)${part.package.replaceAll('.', '\\.')}$`, 'm'),
      );
    },
  );
});

describe('the programs of Kubernetes', () => {
  test('are told their version in the two places that hold one', () => {
    for (const where of ['component-base/version', 'client-go/pkg/version']) {
      expect(GO_PARTS.kubelet.ldflags).toContain(`-X k8s.io/${where}.gitVersion=v1.36.3`);
      expect(GO_PARTS.kubelet.ldflags).toContain(`-X k8s.io/${where}.gitMinor=36`);
    }
  });
});
