import { fnv1a } from '../fnv1a.ts';
import type { ExportSpec } from '../spec/mesh-spec.ts';
import { exportHost } from './export-names.ts';

/**
 * An address of 240.0.0.0/9, never one ending in 0 or 255. istiod itself gives out 240.240.0.0/16 (pilot/pkg/networking/serviceentry), so the
 * two never meet. Loopback addresses, as Istio's old guide had them, are not captured any more.
 */
function addressAt(number: number): string {
  const rest = Math.floor(number / 254);
  return `240.${(rest >>> 8) & 127}.${rest & 255}.${(number % 254) + 1}`;
}

/**
 * Gives every export an address of its own, by host. One that the file names is kept; any other follows from the name alone, so it stays when
 * exports come and go. Two names that fall on one address, which is rare, are told apart in the order of their names.
 */
export function exportAddresses(exports: readonly ExportSpec[]): Map<string, string> {
  const addresses = new Map<string, string>();
  const taken = new Set<string>();
  for (const entry of exports) {
    if (entry.address === null) continue;
    addresses.set(exportHost(entry), entry.address);
    taken.add(entry.address);
  }
  for (const host of exports.map(exportHost).sort()) {
    if (addresses.has(host)) continue;
    let number = fnv1a(host);
    while (taken.has(addressAt(number))) number += 1;
    addresses.set(host, addressAt(number));
    taken.add(addressAt(number));
  }
  return addresses;
}
