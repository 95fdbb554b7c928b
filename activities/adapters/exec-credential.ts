import { MeshFailure } from '../../mesh/failure.ts';
import type { KubeContext } from './kubeconfig-context.ts';
import type { ExecPlugin } from './kubeconfig-exec.ts';
import { runProcess } from './run-process.ts';

/** What a credential plugin answered. */
export type ExecCredential = {
  /** Bearer token; null when it answered a client certificate only. */
  token: string | null;
  /** Client certificate and key, PEM. */
  clientCertificate: { certPem: string; keyPem: string } | null;
  /** Unix time in milliseconds after which it must be asked again; infinite when it said nothing. */
  expiresAtMs: number;
};

/** Limit of one run: cloud plugins make an HTTPS request or two. */
const LIMIT_MS = 30_000;
/** A token that is about to end is renewed before it fails a request. */
const EARLY_MS = 10_000;

/**
 * Runs an allowed plugin by the ExecCredential protocol, without a terminal.
 * @throws MeshFailure CredentialRefused when it fails or answers something else. Its output is never quoted: it is a credential.
 */
export async function runExecPlugin(
  context: KubeContext,
  plugin: ExecPlugin,
  env: { [name: string]: string },
): Promise<ExecCredential> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(plugin.provideClusterInfo ? { cluster: clusterInfo(context) } : {}),
    },
  };
  const result = await runProcess(plugin.command, plugin.args, {
    env: { ...env, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    limitMs: LIMIT_MS,
    outputLimitBytes: 256 * 1024,
  }).catch((cause: unknown) => {
    throw refuse(
      context,
      plugin,
      cause instanceof Error ? cause.message : 'could not be run',
      cause,
    );
  });
  if (result.exitCode !== 0)
    throw refuse(context, plugin, `ended with exit code ${result.exitCode}`);
  return parseCredential(context, plugin, result.stdout);
}

function parseCredential(context: KubeContext, plugin: ExecPlugin, stdout: string): ExecCredential {
  let status: { [field: string]: unknown } = {};
  try {
    status = (JSON.parse(stdout) as { status?: { [field: string]: unknown } }).status ?? {};
  } catch {
    throw refuse(context, plugin, 'did not answer an ExecCredential in JSON');
  }
  const {
    token,
    clientCertificateData: certPem,
    clientKeyData: keyPem,
    expirationTimestamp,
  } = status;
  const clientCertificate =
    typeof certPem === 'string' && typeof keyPem === 'string' ? { certPem, keyPem } : null;
  if (typeof token !== 'string' && clientCertificate === null)
    throw refuse(context, plugin, 'answered neither token nor certificate');
  const expires =
    typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    token: typeof token === 'string' ? token : null,
    clientCertificate,
    expiresAtMs: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires - EARLY_MS,
  };
}

function clusterInfo(context: KubeContext): { [field: string]: string } {
  return {
    server: context.server,
    ...(context.caPem === ''
      ? {}
      : { 'certificate-authority-data': Buffer.from(context.caPem).toString('base64') }),
    ...(context.tlsServerName === null ? {} : { 'tls-server-name': context.tlsServerName }),
  };
}

function refuse(
  context: KubeContext,
  plugin: ExecPlugin,
  why: string,
  cause?: unknown,
): MeshFailure {
  return new MeshFailure(
    'CredentialRefused',
    `context "${context.name}": exec plugin ${plugin.command} ${why}`,
    // Its arguments may be secrets: they stay in the kubeconfig.
    { cure: "run it by hand as the worker's user, with the arguments of the kubeconfig" },
    { cause },
  );
}
