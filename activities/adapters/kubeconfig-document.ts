import { LineCounter, parseDocument } from 'yaml';
import { MeshFailure } from '../../mesh/failure.ts';
import type { ReadFile } from './kubeconfig-files.ts';

/** Aliases followed in one file; more is a bomb, not a kubeconfig. */
const ALIAS_LIMIT = 50;

/** An entry of `clusters`, `users` or `contexts`: its fields, unjudged, and where they come from. */
export type KubeconfigEntry = {
  /** Value under `cluster`, `user` or `context`. */
  fields: { [field: string]: unknown };
  /** File the entry stands in; paths inside are relative to it. */
  file: string;
};

/** Entries by name; of files merged as kubectl does, the first that has a name wins. */
export type KubeconfigEntries = {
  /** Entries of `clusters`. */
  clusters: Map<string, KubeconfigEntry>;
  /** Entries of `users`. */
  users: Map<string, KubeconfigEntry>;
  /** Entries of `contexts`. */
  contexts: Map<string, KubeconfigEntry>;
};

/**
 * Reads the entries of kubeconfig files without judging them: only the context that is used is judged.
 * @throws MeshFailure CredentialRefused with file and line for what is no kubeconfig.
 */
export function readEntries(files: ReadFile[]): KubeconfigEntries {
  const entries: KubeconfigEntries = { clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const file of files) {
    const document = parse(file);
    collect(entries.clusters, document['clusters'], 'cluster', file.path);
    collect(entries.users, document['users'], 'user', file.path);
    collect(entries.contexts, document['contexts'], 'context', file.path);
  }
  return entries;
}

function parse(file: ReadFile): { [field: string]: unknown } {
  const lineCounter = new LineCounter();
  const document = parseDocument(file.text, { lineCounter, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    // The parser's own message quotes the line, which may be a key.
    throw refuse(`${file.path}:${line}:${col}: not valid YAML (${error.code})`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIAS_LIMIT });
  } catch {
    throw refuse(`${file.path}: more than ${ALIAS_LIMIT} YAML aliases`);
  }
  if (value === null || value === undefined) return {};
  if (!isObject(value)) throw refuse(`${file.path}: not a kubeconfig`);
  if (value['kind'] !== undefined && value['kind'] !== 'Config') {
    const kind = typeof value['kind'] === 'string' ? value['kind'].slice(0, 40) : 'not a text';
    throw refuse(`${file.path}: kind is "${kind}", expected "Config"`);
  }
  return value;
}

function collect(
  into: Map<string, KubeconfigEntry>,
  list: unknown,
  key: 'cluster' | 'user' | 'context',
  file: string,
): void {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) throw refuse(`${file}: ${key}s is not a list`);
  list.forEach((item: unknown, index) => {
    const name = isObject(item) ? item['name'] : undefined;
    if (!isObject(item) || typeof name !== 'string')
      throw refuse(`${file}: ${key}s[${index}].name is missing`);
    const fields = item[key] ?? {};
    if (!isObject(fields)) throw refuse(`${file}: ${key}s[${name}].${key} is not a map`);
    if (!into.has(name)) into.set(name, { fields, file });
  });
}

function isObject(value: unknown): value is { [field: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(message: string): MeshFailure {
  return new MeshFailure('CredentialRefused', message, {
    cure: 'repair the kubeconfig, or name another one in KUBECONFIG',
  });
}
