import { describe, expect, test } from '@jest/globals';
import { readText, repositoryPaths } from './repository.ts';

const paths = repositoryPaths();
const documents = ['README.md', ...paths.filter((path) => /^docs\/[^/]+\.md$/.test(path))];
const scripts = (JSON.parse(readText('package.json')) as { scripts: { [name: string]: string } })
  .scripts;

/** Sources of the programs, where their options are declared. */
const programs = paths
  .filter((path) => /^(client|worker|sandbox|bin|bench)\/.*\.ts$/.test(path))
  .map(readText);
/** What runs the program for real: tests on real servers and clusters, the demo and the bench. */
const runs = paths
  .filter((path) => /^(test\/(e2e|workflow|support)|bin\/demo|bench)\/.*\.ts$/.test(path))
  .map((path) => readText(path).replaceAll(/\s+/g, ' '));

/** A command of a document, cut into words; comments and prompts are left away. */
type Documented = { where: string; words: string[] };

/** Commands in the code blocks of a document. */
function commandsOf(path: string, text: string): Documented[] {
  const blocks = [...text.matchAll(/^```(?:sh|bash|console|shell)?\n([\s\S]*?)^```/gm)].map(
    ([, block = '']) => block,
  );
  return blocks.flatMap((block) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .flatMap((line) =>
        line
          .replace(/^\$ /, '')
          .replace(/(^|\s)#.*$/, '')
          .split(/ && | ; | \| /),
      )
      .map((command) => command.trim().split(/\s+/))
      .filter(([program = '']) =>
        /^(meshwright|bin\/meshwright|\.\/bin\/meshwright|npm|npx)$/.test(program),
      )
      .map((words) => ({ where: path, words })),
  );
}

/** Why a command of a document cannot be trusted; null when it can. */
function distrust({ where, words }: Documented): string | null {
  const [program = '', ...rest] = words;
  const said = `${where}: ${words.join(' ')}`;
  const lost = rest.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split('=')[0] ?? '');
  const unknown = lost.find(
    (flag) => flag !== '--help' && !programs.some((text) => text.includes(flag)),
  );
  if (unknown !== undefined) return `${said}: no program has ${unknown}`;
  if (program === 'npm') {
    const script = rest[0] === 'run' ? rest[1] : rest[0];
    return script === 'ci' || scripts[script ?? ''] !== undefined
      ? null
      : `${said}: package.json has no such script`;
  }
  if (program === 'npx') return rest[0] === 'meshwright' ? distrust({ where, words: rest }) : null;
  const verbs = rest
    .slice(0, rest.findIndex((word) => !/^[a-z]+$/.test(word)) >>> 0)
    .slice(0, ['sandbox', 'server'].includes(rest[0] ?? '') ? 2 : 1);
  const quoted = verbs.map((verb) => `'${verb}'`).join(', ');
  return runs.some((text) => text.includes(quoted))
    ? null
    : `${said}: no test, demo or bench runs [${quoted}]`;
}

describe('commands in README.md and docs/', () => {
  test('every one exists, with its flags, and is run by a test, the demo or the bench', () => {
    const commands = documents.flatMap((path) => commandsOf(path, readText(path)));
    expect(commands.length).toBeGreaterThan(5);
    expect(commands.map(distrust).filter((why) => why !== null)).toEqual([]);
  });

  test.each([
    ['a verb that nothing runs', 'meshwright conjure mesh1'],
    ['a flag that no program has', 'meshwright install --with-magic'],
    ['a script that package.json does not have', 'npm run magic'],
  ])('a planted command goes red: %s', (_what, command) => {
    const [planted] = commandsOf('planted.md', `\`\`\`sh\n$ ${command}   # a comment\n\`\`\`\n`);
    expect(planted && distrust(planted)).toMatch(/^planted\.md: /);
  });
});
