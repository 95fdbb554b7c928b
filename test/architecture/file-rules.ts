import { inFolder, PRODUCT } from './rule.ts';
import type { Rule } from './rule.ts';
import type { SourceFile, SyntaxNode } from './source-file.ts';

const CATCH_ALL = /(^|[-/])(utils?|helpers?|common|misc|manager)([-./]|$)/;
const LINES = { product: 350, test: 500 };
/** Put together here, so that this file does not break the rule itself. */
const UNFINISHED = new RegExp(
  `\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['X', 'XX'].join('')})\\b`,
);

function exported(file: SourceFile): SyntaxNode[] {
  return (file.module.body as unknown as SyntaxNode[]).filter(
    ({ type }) => type === 'ExportDeclaration',
  );
}

const MEMBERS = ['TsPropertySignature', 'TsMethodSignature', 'ClassProperty', 'ClassMethod'];

/** Members of a type that others see; what is inside a member's own type belongs to that member. */
function membersOf(file: SourceFile, type: SyntaxNode | null | undefined): SyntaxNode[] {
  const of = (field: string): SyntaxNode[] => type?.[field] as SyntaxNode[];
  switch (type?.type) {
    case 'TsTypeAliasDeclaration':
      return membersOf(file, type['typeAnnotation'] as SyntaxNode);
    case 'TsUnionType':
    case 'TsIntersectionType':
      return of('types').flatMap((one) => membersOf(file, one));
    case 'TsTypeLiteral':
      // what fits on one line is read at a glance, with the comment above it
      return file.textOf(type).includes('\n')
        ? of('members').filter((member) => MEMBERS.includes(member.type))
        : [];
    case 'TsInterfaceDeclaration':
      return (type['body'] as { body: SyntaxNode[] }).body.filter((member) =>
        MEMBERS.includes(member.type),
      );
    case 'ClassDeclaration':
      return of('body').filter(
        (member) => MEMBERS.includes(member.type) && member['accessibility'] !== 'private',
      );
    default:
      return [];
  }
}

/** Fields that say all there is by themselves: `kind: 'primary'`, `ok: true`, the overridden `name` of an error. */
function speaksForItself(file: SourceFile, member: SyntaxNode): boolean {
  return (
    /^(readonly )?\w+: ('[^']*'|true|false|null);?$/.test(file.textOf(member)) ||
    file.textOf(member).startsWith('override ')
  );
}

/**
 * Exports without documentation. A field needs its own unless it speaks for itself, stands in a one-line type, or has the name
 * and so the meaning of a field that is documented in the same file.
 */
function undocumented(file: SourceFile): string[] {
  const all = exported(file).map((node) => ({
    node,
    members: membersOf(file, node['declaration'] as SyntaxNode),
  }));
  const name = (member: SyntaxNode): string =>
    /\w+/.exec(file.textOf(member).replace(/^readonly /, ''))?.[0] ?? '';
  const explained = new Set(
    all.flatMap(({ members }) => members.filter((member) => file.docOf(member) !== '').map(name)),
  );
  return all.flatMap(({ node, members }) => {
    const bare = members.filter(
      (member) =>
        !explained.has(name(member)) && !speaksForItself(file, member) && file.docOf(member) === '',
    );
    return [...(file.docOf(node) === '' ? [node] : []), ...bare].map(
      (one) =>
        `${file.at(one)} has no documentation: ${file.textOf(one).split('\n')[0]?.slice(0, 60)}`,
    );
  });
}

/** The three lines that every activity's documentation has. */
const ACTIVITY_LINES = ['Idempotent:', 'Heartbeats:', 'Fails with:'];

/** The documentation of activity factories: exported functions that take the ports and answer a step. */
function activityDocs(files: readonly SourceFile[]): { at: string; doc: string }[] {
  return inFolder(files, 'activities').flatMap((file) =>
    exported(file)
      .filter((node) =>
        /^export (async )?function (create[A-Z]\w*\(ports: StepPorts\)|\w+Step\()/.test(
          file.textOf(node),
        ),
      )
      .filter((node) => !file.textOf(node).startsWith('export function createStepActivities'))
      .map((node) => ({ at: file.at(node), doc: file.docOf(node) })),
  );
}

/** What files look like. */
export const FILE_RULES: Rule[] = [
  {
    id: 'R18',
    says: 'files and folders are kebab-case and named for what they hold: no utils, helpers, common, misc, manager',
    broken: (files) =>
      files
        .filter(
          ({ path }) =>
            CATCH_ALL.test(path) ||
            path.split('/').some((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?(\.ts)?$/.test(name)),
        )
        .map(({ path }) => `${path} is not named for what it holds`),
    planted: [
      { path: 'mesh/utils.ts', text: '' },
      { path: 'client/table-helpers.ts', text: '' },
      { path: 'client/common/table.ts', text: '' },
      { path: 'mesh/meshSpec.ts', text: '' },
    ],
  },
  {
    id: 'R19',
    says: `files are short: ${LINES.product} lines at most, ${LINES.test} in tests`,
    broken: (files) =>
      files
        .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
        .filter(
          ({ path, lines }) => lines > (path.startsWith('test/') ? LINES.test : LINES.product),
        )
        .map(({ path, lines }) => `${path} has ${lines} lines`),
    planted: [
      { path: 'mesh/planted.ts', text: '\n'.repeat(LINES.product + 1) },
      { path: 'test/unit/planted.test.ts', text: '\n'.repeat(LINES.test + 1) },
    ],
  },
  {
    id: 'R20',
    says: 'nothing is left for later in comments',
    broken: (files) =>
      files.flatMap(({ path, text }) =>
        text
          .split('\n')
          .flatMap((line, index) =>
            UNFINISHED.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [],
          ),
      ),
    planted: [{ path: 'mesh/planted.ts', text: `// ${['TO', 'DO'].join('')}: later` }],
  },
  {
    id: 'R21',
    says: 'every exported function, type and field is documented',
    broken: (files) => inFolder(files, ...PRODUCT).flatMap(undocumented),
    planted: [
      { path: 'mesh/planted.ts', text: 'export const a = 1;' },
      { path: 'mesh/planted.ts', text: '/* not a doc comment */\nexport function a(): void {}' },
      { path: 'mesh/planted.ts', text: '/** A. */\nexport type A = {\n  b: string;\n};' },
      {
        path: 'mesh/planted.ts',
        text: '/** A. */\nexport interface A {\n  /** B. */\n  b: string;\n  c(): void;\n}',
      },
    ],
  },
  {
    id: 'R22',
    says: 'every activity says how it is idempotent, how it heartbeats and with what it fails',
    broken: (files) =>
      activityDocs(files).flatMap(({ at, doc }) =>
        ACTIVITY_LINES.filter((line) => !doc.includes(line)).map((line) => `${at} lacks "${line}"`),
      ),
    planted: [
      {
        path: 'activities/planted.ts',
        text: '/** Plants. Idempotent: yes. Heartbeats: no. */\nexport function createPlant(ports: StepPorts): () => void { return () => void ports; }',
      },
    ],
  },
  {
    id: 'R23',
    says: 'no file only passes on what others export; workflows/index.ts, which the worker loads, is the one entry',
    broken: (files) =>
      files
        .filter(({ path }) => path !== 'workflows/index.ts')
        .filter(
          ({ module }) =>
            module.body.length > 0 &&
            module.body.every(
              ({ type }) => type === 'ExportAllDeclaration' || type === 'ExportNamedDeclaration',
            ),
        )
        .map(({ path }) => `${path} is a barrel`),
    planted: [{ path: 'mesh/planted.ts', text: "export * from './failure.ts';" }],
  },
];
