import { inFolder, PRODUCT } from './rule.ts';
import type { Rule } from './rule.ts';
import type { SourceFile, SourceImport } from './source-file.ts';

/** What a folder may import: prefixes of our own paths, and packages. */
type Allowed = { ours: string[]; packages: RegExp };

const NODE = /^node:/;
const ANY = /^/;

function brokenImports(files: readonly SourceFile[], allowed: Allowed): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((one) => !isAllowed(one, allowed))
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );
}

function isAllowed({ ours, target }: SourceImport, allowed: Allowed): boolean {
  return ours
    ? allowed.ours.some((prefix) => target.startsWith(prefix))
    : allowed.packages.test(target);
}

/** Run-time imports reachable from a file, packages included. */
function reachable(files: readonly SourceFile[], from: string): Map<string, string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const importer = new Map<string, string>();
  const queue = [from];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const { target, typesOnly } of byPath.get(path)?.imports ?? []) {
      if (typesOnly || importer.has(target)) continue;
      importer.set(target, path);
      queue.push(target);
    }
  }
  return importer;
}

/** Which way imports go. */
export const IMPORT_RULES: Rule[] = [
  {
    id: 'R1',
    says: 'mesh/ imports itself, zod and yaml only: no node, no clock, no Temporal',
    broken: (files) =>
      brokenImports(inFolder(files, 'mesh'), { ours: ['mesh/'], packages: /^(zod|yaml)$/ }),
    planted: [
      { path: 'mesh/planted.ts', text: "import { readFileSync } from 'node:fs';" },
      {
        path: 'mesh/plan/planted.ts',
        text: "import type { A } from '../../contract/messages.ts';",
      },
    ],
  },
  {
    id: 'R2',
    says: 'contract/ imports itself, mesh/ and definitions of @temporalio/common only',
    broken: (files) =>
      brokenImports(inFolder(files, 'contract'), {
        ours: ['contract/', 'mesh/'],
        packages: /^@temporalio\/common$/,
      }),
    planted: [
      { path: 'contract/planted.ts', text: "import { Client } from '@temporalio/client';" },
    ],
  },
  {
    id: 'R3',
    says: 'workflows/ imports itself, contract/, mesh/ and @temporalio/workflow only; of activities/ not even types',
    broken: (files) =>
      brokenImports(inFolder(files, 'workflows'), {
        ours: ['workflows/', 'contract/', 'mesh/'],
        packages: /^@temporalio\/(workflow|common)$/,
      }),
    planted: [
      {
        path: 'workflows/planted.ts',
        text: "import type { StepPorts } from '../activities/ports/step-ports.ts';",
      },
      { path: 'workflows/planted.ts', text: "import { randomUUID } from 'node:crypto';" },
      { path: 'workflows/planted.ts', text: "type A = import('../activities/gateway.ts').A;" },
    ],
  },
  {
    id: 'R4',
    says: 'what runs in the workflow sandbox has no zod, no yaml and no node in it, however far away it is imported',
    broken: (files) =>
      [...reachable(files, 'workflows/index.ts')]
        .filter(([target]) => /^(zod|yaml|node:.*|\(computed\))$/.test(target))
        .map(([target, importer]) => `${importer} brings ${target} into the workflow bundle`),
    planted: [
      {
        path: 'workflows/index.ts',
        text: "export { readMeshFile } from '../mesh/spec/parse-mesh-file.ts';",
      },
      { path: 'workflows/index.ts', text: "const late = await import('zod');" },
    ],
  },
  {
    id: 'R5',
    says: 'activities/ never imports workflows/, worker/, client/ or sandbox/',
    broken: (files) =>
      brokenImports(inFolder(files, 'activities'), {
        ours: ['activities/', 'contract/', 'mesh/'],
        packages: ANY,
      }),
    planted: [
      { path: 'activities/planted.ts', text: "import { say } from '../worker/output.ts';" },
    ],
  },
  {
    id: 'R6',
    says: 'steps reach the world through ports: processes, files, sockets and clients are imported by activities/adapters/ only',
    broken: (files) =>
      brokenImports(
        inFolder(files, 'activities').filter(
          ({ path }) => !path.startsWith('activities/adapters/'),
        ),
        {
          ours: ['activities/', 'contract/', 'mesh/'],
          packages: /^(node:crypto|yaml|@temporalio\/(activity|common|worker))$/,
        },
      ).concat(
        inFolder(files, 'activities')
          .filter(({ path }) => !path.startsWith('activities/adapters/'))
          .flatMap(({ path, imports }) =>
            imports
              .filter(({ target }) => target.startsWith('activities/adapters/'))
              .map(({ specifier }) => `${path} imports ${specifier}`),
          ),
      ),
    planted: [
      { path: 'activities/planted.ts', text: "import { spawn } from 'node:child_process';" },
      { path: 'activities/planted.ts', text: "import { request } from 'undici';" },
      {
        path: 'activities/planted.ts',
        text: "import { openAdapters } from './adapters/connect.ts';",
      },
    ],
  },
  {
    id: 'R7',
    says: 'client/ imports itself, codec/, contract/ and mesh/, of workflows/ types, and no worker, activity or sandbox',
    broken: (files) =>
      inFolder(files, 'client').flatMap(({ path, imports }) =>
        imports
          .filter(
            ({ ours, target, typesOnly }) =>
              ours &&
              !/^(client|codec|contract|mesh)\//.test(target) &&
              !(typesOnly && target.startsWith('workflows/')),
          )
          .map(({ specifier }) => `${path} imports ${specifier}`),
      ),
    planted: [
      {
        path: 'client/planted.ts',
        text: "import { createApplyBase } from '../activities/base.ts';",
      },
      {
        path: 'client/planted.ts',
        text: "import { installMesh } from '../workflows/install-mesh.ts';",
      },
      { path: 'client/planted.ts', text: "const sandbox = await import('../sandbox/cli.ts');" },
    ],
  },
  {
    id: 'R8',
    says: 'worker/ wires activities/ and knows workflows/ by path; it imports no client/ and no sandbox/',
    broken: (files) =>
      brokenImports(inFolder(files, 'worker'), {
        ours: ['worker/', 'activities/', 'codec/', 'contract/', 'mesh/'],
        packages: ANY,
      }),
    planted: [
      {
        path: 'worker/planted.ts',
        text: "import { resolvePart } from '../sandbox/toolchain/resolve.ts';",
      },
      {
        path: 'worker/planted.ts',
        text: "import { installMesh } from '../workflows/install-mesh.ts';",
      },
    ],
  },
  {
    id: 'R9',
    says: 'sandbox/ stands outside: it imports itself only',
    broken: (files) =>
      brokenImports(inFolder(files, 'sandbox'), { ours: ['sandbox/'], packages: ANY }),
    planted: [
      { path: 'sandbox/planted.ts', text: "import { MeshFailure } from '../mesh/failure.ts';" },
    ],
  },
  {
    id: 'R10',
    says: 'nothing that ships imports test/ or bench/, and only test/ and bench/ import bin/',
    broken: (files) =>
      inFolder(files, ...PRODUCT).flatMap(({ path, imports }) =>
        imports
          .filter(
            ({ target }) =>
              /^(test|bench)\//.test(target) ||
              (target.startsWith('bin/') && !path.startsWith('bin/')),
          )
          .map(({ specifier }) => `${path} imports ${specifier}`),
      ),
    planted: [
      {
        path: 'worker/planted.ts',
        text: "import { aMeshSpec } from '../test/support/a-mesh-spec.ts';",
      },
      { path: 'client/planted.ts', text: "import { MESHWRIGHT } from '../bin/run-meshwright.ts';" },
    ],
  },
  {
    id: 'R11',
    says: 'modules are named in full: our own files with .ts, node modules with node:, and no import is computed',
    broken: (files) =>
      files.flatMap(({ path, imports }) =>
        imports
          .filter(({ ours, specifier, target }) =>
            ours
              ? !/\.(ts|json)$/.test(specifier)
              : specifier === '(computed)' || (!NODE.test(target) && BUILT_IN.has(target)),
          )
          .map(({ specifier }) => `${path} imports ${specifier}`),
      ),
    planted: [
      { path: 'client/planted.ts', text: "import { a } from './settings';" },
      { path: 'client/planted.ts', text: "import { join } from 'path';" },
      { path: 'client/planted.ts', text: 'const name = String(1); await import(name);' },
    ],
  },
];

const BUILT_IN = new Set([
  'assert',
  'child_process',
  'crypto',
  'dns',
  'events',
  'fs',
  'http',
  'https',
  'net',
  'os',
  'path',
  'process',
  'stream',
  'timers',
  'tls',
  'url',
  'util',
  'worker_threads',
]);
