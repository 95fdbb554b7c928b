import type { ChildProcess } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, writeFileSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { endGuarded, guardedPid, hasEnded, spawnGuarded } from './guarded-process.ts';
import { createTestCa, type TestCa } from './test-ca.ts';
import { resolveParts } from '../../sandbox/toolchain/resolve.ts';

/** A real etcd and kube-apiserver on loopback, for tests of the adapters. */
export type KubeApiServer = {
  /** `https://127.0.0.1:port`. */
  server: string;
  /** CA of the serving certificate, PEM. */
  caPem: string;
  /** CA that signs client certificates and serving certificates. */
  ca: TestCa;
  /** Bearer token of a member of system:masters. */
  adminToken: string;
  /** Bearer token of user `restricted`, who may do nothing. */
  restrictedToken: string;
  /** Port the API server listens on. */
  port: number;
  /** `http://127.0.0.1:port` of its etcd. */
  etcd: string;
  /** Kills the API server (SIGKILL), leaving etcd. */
  killApiServer(): Promise<void>;
  /** Starts the API server again on its port and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Stops the API server in the middle of whatever it does (SIGSTOP): its connections stand and carry nothing, new ones are not answered. */
  freezeApiServer(): void;
  /** Lets a frozen one go on. */
  thawApiServer(): void;
  /** Kills both. */
  stop(): Promise<void>;
};

/** Limit for the API server to get ready, in milliseconds: 4 s alone, more on a busy machine. */
const READY_LIMIT_MS = 90_000;

/**
 * Starts etcd and kube-apiserver on free loopback ports and waits until the API server is ready; `moreFlags` are for
 * kube-apiserver, `moreEtcdFlags` for etcd.
 */
export async function startKubeApiServer(
  moreFlags: string[] = [],
  moreEtcdFlags: string[] = [],
): Promise<KubeApiServer> {
  const binaries = await resolveParts(['etcd', 'kube-apiserver'], {
    env: process.env,
    onProgress: () => undefined,
  });
  const dir = mkdtempSync(join(tmpdir(), 'meshwright-kube-'));
  const [etcdPort, peerPort, port] = await freePorts(3);
  const ca = await createTestCa();
  const serving = await ca.issue({ commonName: 'kube-apiserver', ip: '127.0.0.1' });
  const file = (name: string, content: string): string => {
    const path = join(dir, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const adminToken = 'admin-token-of-the-test';
  const restrictedToken = 'restricted-token-of-the-test';
  const flags = [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${file('serving.pem', serving.certPem)}`,
    `--tls-private-key-file=${file('serving-key.pem', serving.keyPem)}`,
    `--client-ca-file=${file('ca.pem', ca.certPem)}`,
    `--token-auth-file=${file('tokens.csv', `${adminToken},admin,1,system:masters\n${restrictedToken},restricted,2\n`)}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${join(dir, 'serving-key.pem')}`,
    `--service-account-key-file=${file('sa-public.pem', publicKeyOf(serving.keyPem))}`,
    '--service-cluster-ip-range=10.255.0.0/24',
    '--endpoint-reconciler-type=none',
    '--disable-admission-plugins=ServiceAccount',
    '--enable-priority-and-fairness=false',
    '--shutdown-delay-duration=0s',
    ...moreFlags,
  ];
  const log = openSync(join(dir, 'processes.log'), 'a');
  const etcd = spawnGuarded(
    binaries.etcd,
    [
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      '--unsafe-no-fsync',
      ...moreEtcdFlags,
    ],
    log,
  );
  let apiServer: ChildProcess | null = null;
  const startApiServer = async (): Promise<void> => {
    apiServer = spawnGuarded(binaries['kube-apiserver'], flags, log);
    await ready(
      `https://127.0.0.1:${port}`,
      ca.certPem,
      adminToken,
      apiServer,
      join(dir, 'processes.log'),
    );
  };
  const killApiServer = async (): Promise<void> => {
    if (apiServer !== null) await endGuarded(apiServer);
    apiServer = null;
  };
  const signalApiServer = (signal: 'SIGSTOP' | 'SIGCONT'): void => {
    process.kill(guardedPid(apiServer, 'kube-apiserver'), signal);
  };
  const stop = async (): Promise<void> => {
    await killApiServer();
    await endGuarded(etcd);
  };
  try {
    await startApiServer();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server: `https://127.0.0.1:${port}`,
    caPem: ca.certPem,
    ca,
    adminToken,
    restrictedToken,
    port: port as number,
    etcd: `http://127.0.0.1:${etcdPort}`,
    killApiServer,
    startApiServer,
    freezeApiServer: () => signalApiServer('SIGSTOP'),
    thawApiServer: () => signalApiServer('SIGCONT'),
    stop,
  };
}

function publicKeyOf(keyPem: string): string {
  return createPublicKey(keyPem).export({ type: 'spki', format: 'pem' }).toString();
}

async function ready(
  server: string,
  caPem: string,
  token: string,
  child: ChildProcess,
  log: string,
): Promise<void> {
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const deadline = Date.now() + READY_LIMIT_MS;
  try {
    while (Date.now() < deadline) {
      if (hasEnded(child)) throw new Error(`kube-apiserver exited: ${tail(log)}`);
      const status = await request(`${server}/readyz`, {
        dispatcher,
        headers: { authorization: `Bearer ${token}` },
      }).then(
        async (answer) => {
          await answer.body.dump();
          return answer.statusCode;
        },
        () => 0,
      );
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await dispatcher.destroy();
  }
  throw new Error(`kube-apiserver was not ready within ${READY_LIMIT_MS} ms: ${tail(log)}`);
}

function tail(log: string): string {
  return readFileSync(log, 'utf8').slice(-2_000);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
