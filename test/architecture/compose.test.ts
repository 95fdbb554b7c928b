import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { DCLinter } from 'dclint';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.ts';
import { RETENTION_DAYS } from '../../worker/namespace-readiness.ts';

/** dclint's own types are written without file extensions, which TypeScript cannot follow. */
type LintResult = { messages: { rule: string; message: string }[] };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** dclint checks every file against the Compose specification's JSON schema first; these rules come on top. */
const linter = new DCLinter({
  rules: {
    'no-build-and-image': 0,
    'no-duplicate-container-names': 2,
    'no-duplicate-exported-ports': 2,
    'no-unbound-port-interfaces': 2,
    'no-version-field': 2,
    'require-project-name-field': 2,
    'require-quotes-in-ports': 2,
    'service-image-require-explicit-tag': 2,
    'service-dependencies-alphabetical-order': 0,
    'service-keys-order': 0,
    'service-ports-alphabetical-order': 0,
    'services-alphabetical-order': 0,
    'top-level-properties-order': 0,
    'no-quotes-in-volumes': 0,
    'service-container-name-regex': 0,
  },
  quiet: true,
  debug: false,
  exclude: [],
});

function problemsOf(file: string): string[] {
  return (linter.lintFiles([file], false) as LintResult[]).flatMap(({ messages }) =>
    messages.map(({ rule, message }) => `${rule}: ${message}`),
  );
}

describe('docker-compose.yml', () => {
  let folder: string;
  let text: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compose-'));
    text = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8');
  });

  async function planted(from: string | RegExp, to: string): Promise<string[]> {
    const file = join(folder, 'docker-compose.yml');
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    await writeFile(file, changed);
    return problemsOf(file);
  }

  test('holds against the Compose specification and good practice', () => {
    expect(problemsOf(join(ROOT, 'docker-compose.yml'))).toEqual([]);
  });

  test.each([
    [
      'a key the specification does not know',
      'restart: unless-stopped',
      'restrat: unless-stopped',
      /invalid-schema/,
    ],
    ['a condition it does not know', 'service_healthy', 'service_well', /invalid-schema/],
    [
      'a port open to the network',
      "'127.0.0.1:7233:7233'",
      "'7233:7233'",
      /no-unbound-port-interfaces/,
    ],
    ['an image without a tag', 'postgres:16', 'postgres', /service-image-require-explicit-tag/],
  ])('%s goes red', async (_what, from, to, rule) => {
    expect((await planted(from, to)).join('\n')).toMatch(rule);
  });

  test('holds no password of its own', () => {
    expect(text).not.toMatch(/PASSWORD: (?!\$\{POSTGRES_PASSWORD:\?)/);
    expect(text).not.toMatch(/_PWD: (?!\$\{POSTGRES_PASSWORD:\?)/);
  });

  test('the worker is given the keys for payloads only when there are some', () => {
    const file = /MESHWRIGHT_PAYLOAD_KEYS: \$\{MESHWRIGHT_PAYLOAD_KEYS:\+(\S+)\}/.exec(text)?.[1];
    expect(file).toBeDefined();
    expect(text).toContain(`- \${MESHWRIGHT_PAYLOAD_KEYS:-/dev/null}:${file ?? ''}:ro`);
  });

  test('every variable it needs is explained in the example of .env', async () => {
    const example = await readFile(join(ROOT, 'deploy', 'compose.env.example'), 'utf8');
    const variables = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name));
    expect(variables.size).toBeGreaterThan(2);
    for (const name of variables) expect(example).toMatch(new RegExp(`^#?${name}=`, 'm'));
  });

  test('every file it mounts or builds from is there', async () => {
    const compose = parse(text) as {
      services: { [name: string]: { volumes?: string[]; build?: { dockerfile: string } } };
    };
    const services = Object.values(compose.services);
    const mounted = services.flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    const files = [
      ...mounted.filter((path) => path.startsWith('./')),
      ...services.flatMap(({ build }) => build?.dockerfile ?? []),
    ];
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) await expect(stat(join(ROOT, file))).resolves.toBeDefined();
  });

  test('the namespace job registers the search attributes of the contract and keeps histories as long as `server`', async () => {
    const script = await readFile(join(ROOT, 'deploy', 'setup-namespace.sh'), 'utf8');
    const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => ({
      name,
      type,
    }));
    expect(registered).toEqual(
      SEARCH_ATTRIBUTES.map(({ key, type }) => ({ name: key.name, type })),
    );
    expect(script).toContain(`retention=${RETENTION_DAYS}d`);
  });
});
