import { HOST_PART_NAMES } from './parts.ts';
import type { HostPartName, ImagePartName, PartName } from './parts.ts';

/** Parts of the operating system that go into each image. */
const IMAGE_HOST_PARTS: Readonly<Record<ImagePartName, readonly HostPartName[]>> = {
  'pause-image': [],
  'coredns-image': ['ca-certificates'],
  'pilot-image': ['ca-certificates'],
  'proxyv2-image': ['ca-certificates', 'iptables', 'nft', 'ip'],
  'app-image': ['ca-certificates', 'busybox', 'curl'],
  'bookinfo-image': [],
};

/** Lists the parts of the operating system that these parts are or are made from, each once. */
export function hostPartsBehind(names: readonly PartName[]): HostPartName[] {
  const behind = names.flatMap((name): readonly HostPartName[] => {
    if (isHostPart(name)) return [name];
    return IMAGE_HOST_PARTS[name as ImagePartName] ?? [];
  });
  return [...new Set(behind)];
}

/** Tells whether the operating system provides a part. */
export function isHostPart(name: PartName): name is HostPartName {
  return (HOST_PART_NAMES as readonly string[]).includes(name);
}
