import { inFolder, PRODUCT } from './rule.ts';
import type { Rule } from './rule.ts';
import type { SourceFile, SyntaxNode } from './source-file.ts';

/** `path:line what` of every node of the files that matches. */
function found(
  files: readonly SourceFile[],
  what: string,
  matches: (node: SyntaxNode) => boolean,
): string[] {
  return files.flatMap((file) =>
    file.nodes.filter(matches).map((node) => `${file.at(node)} ${what}`),
  );
}

/** Whether a node reads a property by name from an object by name, e.g. `process.env`. */
function isMember(node: SyntaxNode, object: string, property?: string): boolean {
  if (node.type !== 'MemberExpression') return false;
  const from = node['object'] as SyntaxNode & { value?: string };
  const name = node['property'] as SyntaxNode & { value?: string };
  return (
    from.type === 'Identifier' &&
    from.value === object &&
    (property === undefined || name.value === property)
  );
}

const CONFIGURATION = /(^|\/)(config|environment)\.ts$/;
const FRONT_DOORS = /^(bin|bench|test)\//;
/** Files whose job is to write to the terminal or to a log. */
const WRITERS =
  /^(client\/output|client\/live\/follow-run|client\/commands\/schema|worker\/output|sandbox\/(command-outcome|report|init))\.ts$/;

/** What code must not do where. */
export const CODE_RULES: Rule[] = [
  {
    id: 'R12',
    says: 'process.env is read in config.ts and environment.ts only, and by the front doors',
    broken: (files) =>
      found(
        files.filter(({ path }) => !CONFIGURATION.test(path) && !FRONT_DOORS.test(path)),
        'reads process.env',
        (node) => isMember(node, 'process', 'env'),
      ),
    planted: [
      { path: 'activities/adapters/planted.ts', text: "const home = process.env['HOME'];" },
    ],
  },
  {
    id: 'R13',
    says: 'the terminal is written to by output files only, and never through console in what ships',
    broken: (files) => [
      ...found(
        inFolder(files, ...PRODUCT).filter(({ path }) => !FRONT_DOORS.test(path)),
        'writes to console',
        (node) => isMember(node, 'console'),
      ),
      ...found(
        inFolder(files, ...PRODUCT).filter(
          ({ path }) => !FRONT_DOORS.test(path) && !WRITERS.test(path),
        ),
        'writes to the terminal',
        (node) =>
          node.type === 'MemberExpression' &&
          (node['property'] as { value?: string }).value === 'write' &&
          ['stdout', 'stderr'].some((stream) =>
            isMember(node['object'] as SyntaxNode, 'process', stream),
          ),
      ),
    ],
    planted: [
      { path: 'worker/planted.ts', text: "console.error('it failed');" },
      { path: 'mesh/planted.ts', text: "process.stdout.write('hello');" },
    ],
  },
  {
    id: 'R14',
    says: 'no default exports, enums, namespaces or decorators',
    broken: (files) => [
      ...found(
        inFolder(files, ...PRODUCT, 'test', 'bench'),
        'exports a default',
        ({ type }) => type === 'ExportDefaultDeclaration' || type === 'ExportDefaultExpression',
      ),
      ...found(
        files,
        'declares an enum or namespace',
        ({ type }) => type === 'TsEnumDeclaration' || type === 'TsModuleDeclaration',
      ),
      ...found(files, 'has a decorator', ({ type }) => type === 'Decorator'),
    ],
    planted: [
      { path: 'mesh/planted.ts', text: 'export default 1;' },
      { path: 'mesh/planted.ts', text: 'enum State { Running }' },
      { path: 'mesh/planted.ts', text: 'namespace State { export const a = 1; }' },
    ],
  },
  {
    id: 'R15',
    says: 'workflow modules hold no state: nothing at their top level can be assigned or grows',
    broken: (files) =>
      inFolder(files, 'workflows').flatMap((file) =>
        file.module.body.flatMap((item) => {
          const node = item as unknown as SyntaxNode;
          const declaration = (
            node.type === 'ExportDeclaration' ? node['declaration'] : node
          ) as SyntaxNode;
          if (declaration.type !== 'VariableDeclaration') return [];
          // what is filled where it is declared and typed as read-only cannot grow
          const grows =
            /(?<!Readonly)(Map|Set)(<[^=]*>)? = new|= new (Map|Set|WeakMap)\b(<[^(]*>)?\(\)|= \[\s*\]/.test(
              file.textOf(declaration),
            );
          return declaration['kind'] !== 'const' || grows
            ? [`${file.at(node)} keeps state in the module`]
            : [];
        }),
      ),
    planted: [
      { path: 'workflows/planted.ts', text: 'let counter = 0;' },
      { path: 'workflows/planted.ts', text: 'export const seen = new Map<string, number>();' },
    ],
  },
  {
    id: 'R16',
    says: 'tests replace no modules: what stands in for the world comes through a port',
    broken: (files) =>
      found(
        inFolder(files, 'test'),
        'mocks a module',
        (node) => isMember(node, 'jest', 'mock') || isMember(node, 'jest', 'unstable_mockModule'),
      ),
    planted: [
      {
        path: 'test/unit/planted.test.ts',
        text: "jest.unstable_mockModule('node:fs', () => ({}));",
      },
    ],
  },
  {
    id: 'R17',
    says: 'no test is skipped or left alone',
    broken: (files) =>
      found(inFolder(files, 'test'), 'skips or singles out a test', (node) =>
        ['test', 'describe', 'it'].some((name) =>
          ['skip', 'only', 'todo', 'failing'].some((how) => isMember(node, name, how)),
        ),
      ),
    planted: [
      { path: 'test/unit/planted.test.ts', text: "test.skip('later', () => {});" },
      { path: 'test/unit/planted.test.ts', text: "describe.only('this', () => {});" },
    ],
  },
];
