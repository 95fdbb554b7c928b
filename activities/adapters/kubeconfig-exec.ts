import { basename } from 'node:path';
import { refuseField } from './kubeconfig-fields.ts';

/** A credential plugin the operator allowed. */
export type ExecPlugin = {
  /** Absolute path as the operator allowed it. */
  command: string;
  /** Arguments. */
  args: string[];
  /** Environment laid over the worker's PATH and HOME. */
  env: { [name: string]: string };
  /** API version of the ExecCredential exchanged. */
  apiVersion: string;
  /** Whether the plugin is told the cluster it is for. */
  provideClusterInfo: boolean;
};

const DEFAULT_API = 'client.authentication.k8s.io/v1';
/** Variables by which the environment of a plugin becomes code of somebody else. */
const CODE_IN_ENVIRONMENT =
  /^(LD_|DYLD_|PYTHON|RUBY|PERL|NODE_|BASH_|GIT_)|^(PATH|ENV|IFS|SHELLOPTS)$/;

/**
 * Judges the `exec` of a user. A bare command is matched by name, but what runs is the path the operator allowed.
 * @throws MeshFailure CredentialRefused when it is not allowed or brings code along.
 */
export function pluginOf(context: string, exec: unknown, allowedExec: string[]): ExecPlugin {
  const fields = exec as { [field: string]: unknown };
  const asked =
    typeof exec === 'object' && typeof fields['command'] === 'string' ? fields['command'] : '';
  const command = allowedExec.find(
    (path) => path === asked || (basename(path) === asked && !asked.includes('/')),
  );
  if (command === undefined) {
    throw refuseField(
      context,
      'user.exec',
      `runs "${asked}", which the operator of the worker did not allow`,
      `set MESHWRIGHT_ALLOWED_EXEC to the absolute path of ${asked === '' ? 'the plugin' : basename(asked)}, or use a token`,
    );
  }
  const env = Object.fromEntries(
    (Array.isArray(fields['env'])
      ? (fields['env'] as { name?: unknown; value?: unknown }[])
      : []
    ).map((item) => [String(item.name), String(item.value)]),
  );
  const bad = Object.keys(env).find((variable) => CODE_IN_ENVIRONMENT.test(variable));
  if (bad !== undefined)
    throw refuseField(
      context,
      'user.exec.env',
      `sets ${bad}, which can run code of others`,
      'remove the variable',
    );
  const args = Array.isArray(fields['args']) ? fields['args'].map(String) : [];
  return {
    command,
    args,
    env,
    apiVersion: typeof fields['apiVersion'] === 'string' ? fields['apiVersion'] : DEFAULT_API,
    provideClusterInfo: fields['provideClusterInfo'] === true,
  };
}
