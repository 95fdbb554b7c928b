import type { KubernetesObject } from '../kubernetes-object.ts';

/** A range of IP addresses: the bits that all of them begin with, and how many bits an address has. */
type Range = { prefix: bigint; prefixLength: number; length: 32 | 128 };

/**
 * Ranges of a cluster's Service addresses, sorted. Kubernetes 1.33 and later keeps them as ServiceCIDRs; of an older cluster only the first
 * address is known, that of Service `default/kubernetes`.
 */
export function serviceRanges(
  serviceCidrs: readonly KubernetesObject[],
  kubernetes: KubernetesObject | null,
): string[] {
  const cidrs = serviceCidrs.flatMap(
    (object) => (object as { spec?: { cidrs?: string[] } }).spec?.cidrs ?? [],
  );
  if (cidrs.length > 0) return [...new Set(cidrs)].sort();
  const first = (kubernetes as { spec?: { clusterIP?: string } } | null)?.spec?.clusterIP ?? '';
  return first === '' ? [] : [`${first}/${first.includes(':') ? 128 : 32}`];
}

/** A range that has addresses in common with one of the others, as `10.96.0.0/12 and 10.97.0.0/16`, or one text when they are equal; null when none has. */
export function sharedRange(ranges: readonly string[], others: readonly string[]): string | null {
  for (const range of ranges) {
    for (const other of others) {
      if (overlap(range, other)) return range === other ? range : `${range} and ${other}`;
    }
  }
  return null;
}

/** Whether one range lies in the other; two that cannot be read share nothing. */
function overlap(one: string, two: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(two)];
  if (a === null || b === null || a.length !== b.length) return false;
  const common = Math.min(a.prefixLength, b.prefixLength);
  const startOf = ({ prefix, length }: Range): bigint => prefix >> BigInt(length - common);
  return startOf(a) === startOf(b);
}

function rangeOf(text: string): Range | null {
  const [address = '', bits = ''] = text.split('/');
  const six = address.includes(':');
  const parts = six ? sixParts(address) : address.split('.').map(Number);
  const [count, width, length] = six ? ([8, 16, 128] as const) : ([4, 8, 32] as const);
  const isPart = (part: number): boolean =>
    Number.isInteger(part) && part >= 0 && part < 2 ** width;
  if (parts.length !== count || !parts.every(isPart) || !/^\d+$/.test(bits)) return null;
  const prefix = parts.reduce((sum, part) => (sum << BigInt(width)) | BigInt(part), 0n);
  return { prefix, prefixLength: Math.min(Number(bits), length), length };
}

function sixParts(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const parts = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((part) => Number.parseInt(part, 16));
  if (tail === undefined) return parts(head);
  const [before, after] = [parts(head), parts(tail)];
  return [
    ...before,
    ...Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0),
    ...after,
  ];
}
