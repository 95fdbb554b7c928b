import { inFolder } from './rule.ts';
import type { Rule } from './rule.ts';
import type { SourceFile, SyntaxNode } from './source-file.ts';

/** What makes files, and what makes paths of them. */
const MAKERS =
  /^(mkdtemp|mkdir|writeFile|appendFile|open|copyFile|cp|symlink|join|resolve)(Sync)?$/;
/** A folder that nobody empties behind a test. */
const ELSEWHERE = /^['"`]\/(tmp|var\/tmp|dev\/shm)\b/;

/** Calls of a file that make something, or its path, from where a text that stands there says. */
function madeElsewhere(file: SourceFile): string[] {
  return file.nodes
    .filter(({ type }) => type === 'CallExpression')
    .filter((node) => {
      const [first] = node['arguments'] as { expression: SyntaxNode }[];
      return (
        first !== undefined &&
        MAKERS.test(file.textOf(node['callee'] as SyntaxNode).replace(/^.*\./, '')) &&
        ELSEWHERE.test(file.textOf(first.expression))
      );
    })
    .map((node) => `${file.at(node)} keeps files elsewhere`);
}

/** What tests leave behind: nothing. */
export const TEST_RULES: Rule[] = [
  {
    id: 'R26',
    says: 'tests keep files where tmpdir() says, which is removed behind the test file',
    broken: (files) => inFolder(files, 'test').flatMap(madeElsewhere),
    planted: [
      { path: 'test/unit/planted.test.ts', text: "const dir = mkdtempSync('/tmp/planted-');" },
      { path: 'test/support/planted.ts', text: "await fs.mkdtemp(join('/tmp', 'planted-'));" },
      { path: 'test/support/planted.ts', text: 'writeFileSync(`/var/tmp/${name}`, text);' },
    ],
  },
];
