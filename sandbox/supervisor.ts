/**
 * Program: the part of a sandbox outside its namespaces. It starts them, carries the API servers
 * and the name server out to 127.0.0.1, and removes what is left when they end, however they end. An attached
 * sandbox's supervisor ends with whoever holds its standard input open.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readFileSync, writeFileSync } from 'node:fs';
import { innerEnvironment } from './environment.ts';
import { forwardPortToSocket } from './forwarder.ts';
import { carryNameServer } from './name-server-outside.ts';
import type { InnerLaunch, Launch } from './launch.ts';
import { apiSocketOf, layoutOf } from './layout.ts';
import { removeLeftovers } from './leftovers.ts';
import { identifyProcess } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { writeRecord } from './record.ts';
import { report } from './report.ts';

/** How long the inside may take to end by itself before it is killed, in milliseconds. */
const gracefulEndMs = 10_000;

const launch = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Launch;
const layout = layoutOf(launch.dir);
const self = identifyProcess(process.pid) as ProcessIdentity;
const record = {
  id: launch.id,
  supervisor: self,
  clusters: launch.clusters,
  startedAt: new Date().toISOString(),
};
writeRecord(layout, record, true);

const ports: Record<string, number> = {};
for (const { name } of launch.clusters) {
  ports[name] = (await forwardPortToSocket(apiSocketOf(layout.runDir, name))).port;
}
const { port: namePort } = await carryNameServer(layout.controlSocket);
const inner: InnerLaunch = { ...launch, ports, namePort };
writeFileSync(layout.launch, JSON.stringify(inner), { mode: 0o600 });

// The first process only waits: it takes in orphans (containerd's shims), which Node would not.
// Its descriptor 4 is the lifeline, because a shell gives its background jobs an empty input.
const firstProcess = 'exec 4<&0; "$@" <&4 4<&- & wait $!';
const namespaces = spawn(
  launch.parts.unshare,
  [
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    'sh',
    '-c',
    firstProcess,
    'sh',
  ].concat(process.execPath, fileURLToPath(new URL('./init.ts', import.meta.url)), layout.launch),
  { stdio: ['pipe', 'inherit', 'inherit', 3], env: innerEnvironment() },
);
let ending = false;
namespaces.on('error', (error) => report({ type: 'failed', text: error.message }));
namespaces.on('close', () => void cleanUp());
const holder = namespaces.pid === undefined ? undefined : identifyProcess(namespaces.pid);
if (holder !== undefined) writeRecord(layout, { ...record, holder });

process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('SIGHUP', end);
if (launch.attached) {
  process.stdin.resume();
  process.stdin.on('close', end);
}

function end(): void {
  if (ending) return;
  ending = true;
  namespaces.stdin?.destroy();
  setTimeout(() => namespaces.kill('SIGKILL'), gracefulEndMs).unref();
}

async function cleanUp(): Promise<void> {
  if (!ending)
    report({ type: 'failed', text: `the sandbox ended unasked; see ${layout.sandboxLog}` });
  const left = await removeLeftovers(layout, record);
  if (left.length > 0) report({ type: 'progress', text: `could not remove ${left.join(', ')}` });
  process.exit(ending ? 0 : 1);
}
