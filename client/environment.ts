import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';

/** Environment of a process: names to values. */
export type Variables = { readonly [name: string]: string | undefined };

/** Every environment variable of the client commands, in the order the help shows them. */
export const CLIENT_VARIABLES = [
  {
    name: 'TEMPORAL_ADDRESS',
    meaning: 'host:port of the Temporal server (default: 127.0.0.1:7233)',
  },
  { name: 'TEMPORAL_NAMESPACE', meaning: 'Temporal namespace (default: default)' },
  { name: 'TEMPORAL_API_KEY', meaning: 'API key; turns TLS on' },
  {
    name: 'TEMPORAL_TLS',
    meaning: 'TLS; more of it by TEMPORAL_TLS_*, as the temporal CLI reads them',
  },
  { name: 'TEMPORAL_PROFILE', meaning: 'profile in temporal.toml (default: default)' },
  {
    name: 'TEMPORAL_CONFIG_FILE',
    meaning: 'where temporal.toml is (default: ~/.config/temporalio/temporal.toml)',
  },
  { name: 'MESHWRIGHT_FILE', meaning: 'mesh file (default: ./mesh.yaml)' },
  {
    name: 'MESHWRIGHT_PAYLOAD_KEYS',
    meaning: "file of keys, the worker's: what goes to Temporal is encrypted (default: none)",
  },
  { name: 'MESHWRIGHT_USER', meaning: 'who you are in history (default: user@host)' },
  {
    name: 'MESHWRIGHT_UI_URL',
    meaning: "Temporal's web UI, for links (default: http://localhost:8233)",
  },
  { name: 'NO_COLOR, FORCE_COLOR', meaning: 'colour off, colour on' },
] as const;

/** What the client reads from its environment. */
export type ClientEnvironment = {
  /** All variables, for @temporalio/envconfig. */
  variables: Variables;
  /** Who asks: MESHWRIGHT_USER, or `user@host`. */
  requester: string;
  /** MESHWRIGHT_FILE; null when not set. */
  meshFile: string | null;
  /** MESHWRIGHT_PAYLOAD_KEYS; undefined when not set. */
  payloadKeys: string | undefined;
  /** MESHWRIGHT_UI_URL without a slash at the end; null when not set. */
  uiUrl: string | null;
  /** What NO_COLOR, FORCE_COLOR and TERM=dumb say; null when they say nothing. */
  color: boolean | null;
  /** Whether the terminal can move its cursor: TERM is not `dumb`, and no CI runs this. */
  liveTerminal: boolean;
  /** Whether the locale shows more than ASCII; true when no locale is set. */
  utf8: boolean;
  /** Whether unexpected errors show their stack: DEBUG is set. */
  debug: boolean;
};

/** Reads the environment; the only place of the client that does. */
export function readEnvironment(variables: Variables = process.env): ClientEnvironment {
  const value = (name: string): string | null => variables[name] || null;
  const dumb = variables['TERM'] === 'dumb';
  return {
    variables,
    requester: value('MESHWRIGHT_USER') ?? `${userName(variables)}@${hostname()}`,
    meshFile: value('MESHWRIGHT_FILE'),
    payloadKeys: value('MESHWRIGHT_PAYLOAD_KEYS') ?? undefined,
    uiUrl: value('MESHWRIGHT_UI_URL')?.replace(/\/+$/, '') ?? null,
    color: colorOf(value('NO_COLOR'), variables['FORCE_COLOR'], dumb),
    liveTerminal: !dumb && value('CI') === null,
    utf8: /^$|utf-?8/i.test(value('LC_ALL') ?? value('LC_CTYPE') ?? value('LANG') ?? ''),
    debug: value('DEBUG') !== null,
  };
}

/** Folder that Node.js may keep compiled modules in, below MESHWRIGHT_CACHE. */
export function compileCacheFolder(variables: Variables = process.env): string {
  const home = variables['HOME'] || homedir();
  return join(variables['MESHWRIGHT_CACHE'] || join(home, '.cache', 'meshwright'), 'compiled');
}

/** FORCE_COLOR outranks NO_COLOR, as in Node.js; its values 0 and false mean no colour. */
function colorOf(noColor: string | null, force: string | undefined, dumb: boolean): boolean | null {
  if (force !== undefined) return force !== '0' && force !== 'false';
  return noColor !== null || dumb ? false : null;
}

function userName(variables: Variables): string {
  try {
    return userInfo().username;
  } catch {
    // a container may run under a user id that has no name
    return variables['USER'] || `uid${process.getuid?.() ?? ''}`;
  }
}
