import { resolve } from 'node:path';
import { complain, say, settleCommand } from './command-outcome.ts';
import type { ClusterStatus, SandboxStatus } from './sandbox-status.ts';
import { openSandbox } from './sandbox.ts';

/** Runs `sandbox status`; exit code 1 when none runs or a cluster is not well. */
export function runStatus(dir: string, format: string): Promise<void> {
  return settleCommand(async () => {
    const sandbox = openSandbox(dir);
    if (sandbox === undefined) {
      complain(`no sandbox is running in ${resolve(dir)}; start one with "meshwright sandbox up"`);
      return 1;
    }
    const status = await sandbox.status().catch((error: unknown) => {
      throw new Error(
        `the sandbox in ${resolve(dir)} does not answer (${String(error)}); see ${sandbox.dir}/logs/sandbox.log`,
      );
    });
    say(format === 'json' ? JSON.stringify(status, null, 2) : renderStatus(status));
    return status.state === 'ready' ? 0 : 1;
  });
}

/** Draws the status as a table for people. */
export function renderStatus(status: SandboxStatus): string {
  const rows = [
    ['CLUSTER', 'NETWORK', 'STATE', 'API SERVER', 'FROM OTHER CLUSTERS'],
    ...status.clusters.map((each) => [
      each.name,
      each.network,
      each.state,
      each.localApiServer,
      each.apiServer,
    ]),
  ];
  const notes = status.clusters.flatMap(notesOn);
  return [...alignColumns(rows), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

function notesOn(cluster: ClusterStatus): string[] {
  const notes = cluster.components
    .filter(({ state, unexpectedExits }) => state !== 'running' || unexpectedExits > 0)
    .map(({ name, state, unexpectedExits, lastExit }) =>
      unexpectedExits === 0
        ? `${name} ${state}`
        : `${name} ${state}, died ${unexpectedExits} times, last: ${lastExit}`,
    );
  if (cluster.reason !== null) notes.push(cluster.reason);
  for (const { service, address, hostname, state } of cluster.loadBalancers) {
    notes.push(
      `load balancer ${service}: ${state} ${[hostname, address].filter(Boolean).join(' = ')}`.trimEnd(),
    );
  }
  notes.push(...cluster.faults.map((fault) => `fault: ${fault}`));
  return notes.map((note) => `${cluster.name}: ${note}`);
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
