import { fnv1a } from '../fnv1a.ts';
import type { ExportSpec } from '../spec/mesh-spec.ts';

/** Name by which other clusters call an exported service. */
export function exportHost({
  service,
  namespace,
}: Pick<ExportSpec, 'service' | 'namespace'>): string {
  return `${service}.${namespace}.global`;
}

/** Name of an exported service in its own cluster; its gateway knows it by no other. */
export function ownHost({ service, namespace }: Pick<ExportSpec, 'service' | 'namespace'>): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** Server name by which a gateway with AUTO_PASSTHROUGH recognises a port of a service, and a subset of it. */
export function passthroughName(host: string, port: number, subset: string | null): string {
  return `outbound_.${port}_.${subset ?? ''}_.${host}`;
}

/** Longest value of a label, in characters; an inventory has the name of its component as one. */
const LABEL_LIMIT = 63;

/** Keeps a name as it is where it fits a label; a longer one is cut and told from others by its hash. */
function fitForLabel(name: string): string {
  if (name.length <= LABEL_LIMIT) return name;
  const sign = fnv1a(name).toString(16).padStart(8, '0');
  return `${name.slice(0, LABEL_LIMIT - sign.length - 1).replace(/[-.]+$/, '')}-${sign}`;
}

/** Component of an export in its own cluster; it follows from the service alone, so what an export left is found again. */
export function exportComponent(entry: Pick<ExportSpec, 'service' | 'namespace'>): string {
  return fitForLabel(`export-${entry.service}.${entry.namespace}`);
}

/** Component of an export in a cluster that calls it. */
export function importComponent(entry: Pick<ExportSpec, 'service' | 'namespace'>): string {
  return fitForLabel(`import-${entry.service}.${entry.namespace}`);
}
