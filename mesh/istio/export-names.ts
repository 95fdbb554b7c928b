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

/** Component of an export in its own cluster. */
export function exportComponent(entry: Pick<ExportSpec, 'service' | 'namespace'>): string {
  return `export-${entry.service}.${entry.namespace}`;
}

/** Component of an export in a cluster that calls it. */
export function importComponent(entry: Pick<ExportSpec, 'service' | 'namespace'>): string {
  return `import-${entry.service}.${entry.namespace}`;
}
