import { MeshFailure } from '../../mesh/failure.ts';
import { runExecPlugin, type ExecCredential } from './exec-credential.ts';
import type { KubeContexts, StampedContext } from './kube-contexts.ts';
import { readBounded } from './kubeconfig-files.ts';
import type { KubeContext } from './kubeconfig-context.ts';

/** What a request needs to reach a cluster and to prove who the worker is. */
export type ApiCredentials = {
  /** The context; another object whenever anything that belongs to connections has changed. */
  context: KubeContext;
  /** Bearer token; null where the client certificate is the proof. */
  token: string | null;
};

/** Credentials of one context, read again when its files change and when they are refused. */
export type CredentialSource = {
  /** Credentials as they are now; looks at the files at most once a second. */
  current(): Promise<ApiCredentials>;
  /** Forgets everything, so that `current` reads and asks again. */
  forget(): void;
};

/** Files are looked at no more often than this. */
const LOOK_MS = 1_000;
/** Rotated token files are read again this often, as client-go does; a refused token is read again at once. */
const TOKEN_FILE_MS = 60_000;
const TOKEN_LIMIT_BYTES = 64 * 1024;

/** Opens the credentials of a context; `pluginEnv` is the environment of credential plugins. */
export function openCredentials(
  contexts: KubeContexts,
  name: string,
  pluginEnv: { [name: string]: string },
): CredentialSource {
  let stamped: StampedContext | null = null;
  let lookedAt = 0;
  let credential: ExecCredential | null = null;
  let pending: Promise<ApiCredentials> | null = null;

  const refreshContext = async (): Promise<KubeContext> => {
    if (stamped !== null && Date.now() - lookedAt >= LOOK_MS && (await stamped.changed())) {
      stamped = null;
      credential = null;
    }
    if (stamped === null || Date.now() - lookedAt >= LOOK_MS) lookedAt = Date.now();
    stamped ??= await contexts.read(name);
    return stamped.context;
  };

  const load = async (): Promise<ApiCredentials> => {
    const context = await refreshContext();
    const { token } = context;
    if (token.kind === 'none') return { context, token: null };
    if (token.kind === 'static') return { context, token: token.token };
    if (credential === null || credential.expiresAtMs <= Date.now()) {
      credential =
        token.kind === 'file'
          ? await readTokenFile(name, token.path)
          : await runExecPlugin(context, token.plugin, pluginEnv);
    }
    const { clientCertificate } = credential;
    if (
      stamped !== null &&
      clientCertificate !== null &&
      context.clientCertificate !== clientCertificate
    ) {
      // Another certificate means other connections, hence another context.
      stamped = { ...stamped, context: { ...context, clientCertificate } };
    }
    return { context: stamped?.context ?? context, token: credential.token };
  };

  return {
    // Steps that start together share one look, one file and one run of a plugin.
    current: () => (pending ??= load().finally(() => (pending = null))),
    forget: () => {
      stamped = null;
      credential = null;
    },
  };
}

async function readTokenFile(context: string, path: string): Promise<ExecCredential> {
  const file = await readBounded(path, TOKEN_LIMIT_BYTES);
  const token = file?.text.trim() ?? '';
  if (token === '' || /\s/.test(token)) {
    throw new MeshFailure('CredentialRefused', `context "${context}": ${path} holds no token`, {
      cure: 'put the token into the file, as one line',
    });
  }
  return { token, clientCertificate: null, expiresAtMs: Date.now() + TOKEN_FILE_MS };
}
