import { describe, expect, test } from '@jest/globals';
import type { PartName } from '../../../../sandbox/toolchain/parts.ts';
import { VERSION_PROBES } from '../../../../sandbox/toolchain/version-probe.ts';

/** What the programs really print, recorded. */
const PRINTED: [PartName, string, string][] = [
  ['etcd', 'etcd Version: 3.6.16\nGit SHA: Not provided\nGo Version: go1.26.8\n', '3.6.16'],
  ['kubelet', 'Kubernetes v1.36.3\n', '1.36.3'],
  [
    'kubectl',
    '{\n  "clientVersion": {\n    "gitVersion": "v1.36.3",\n    "minor": "36"\n  }\n}\n',
    '1.36.3',
  ],
  ['coredns', 'CoreDNS-1.12.4\nlinux/amd64, go1.26.8, \n', '1.12.4'],
  ['istioctl', 'client version: 1.31.0-dev.20260827\n', '1.31.0-dev.20260827'],
  ['pilot-agent', 'client version: 1.31.0-dev.20260827\n', '1.31.0-dev.20260827'],
  [
    'envoy',
    '\nenvoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL\n',
    '1.40.0',
  ],
  ['temporal', 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)\n', '1.9.1'],
  [
    'containerd',
    'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3\n',
    '1.6.20',
  ],
];

describe('the version of a program', () => {
  test.each(PRINTED)('is found in what %s prints, and will do', (part, printed, version) => {
    const probe = VERSION_PROBES[part];
    expect(probe?.pattern.exec(printed)?.[1]).toBe(version);
    expect(probe?.accepts(version)).toBe(true);
  });

  test.each([
    ['kubelet', '1.36.2'],
    ['kubectl', '1.34.9'],
    ['kubectl', '2.36.0'],
    ['istioctl', '1.31.0'],
    ['containerd', '1.5.9'],
  ] as [PartName, string][])('of %s is not good enough when it is %s', (part, version) => {
    expect(VERSION_PROBES[part]?.accepts(version)).toBe(false);
  });

  test.each([
    ['kubectl', '1.35.0'],
    ['kubectl', '1.37.1'],
    ['containerd', '2.1.0'],
  ] as [PartName, string][])('of %s is good enough when it is %s', (part, version) => {
    expect(VERSION_PROBES[part]?.accepts(version)).toBe(true);
  });
});
