import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const MODULE = pathToFileURL(join(import.meta.dirname, '../../../client/ask-terminal.ts')).href;
const QUESTION = 'Name of the mesh: ';
/** Asks, and prints the answer as JSON in angle brackets. */
const PROGRAM = `const { askTerminal } = await import(${JSON.stringify(MODULE)});
const answer = await askTerminal(${JSON.stringify(QUESTION)});
console.log('<' + JSON.stringify(answer) + '>');`;
const NODE = [process.execPath, '--input-type=module', '--eval', PROGRAM];

/** What was answered, and what of it went to which stream. */
type Asked = { answer: unknown; stdout: string; stderr: string };

/** Runs a program that asks; `type` is written when the question is there, `null` ends the input. */
function asked(command: readonly string[], type: string | null): Promise<Asked> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: 'pipe' });
  const said = { stdout: '', stderr: '' };
  let isAsked = false;
  const look = (): void => {
    if (isAsked || !`${said.stdout}${said.stderr}`.includes(QUESTION)) return;
    isAsked = true;
    if (type === null) child.stdin.end();
    else child.stdin.write(type);
  };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      look();
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const [, json] = /<(.*)>/u.exec(stripVTControlCharacters(said.stdout)) ?? [];
      if (json === undefined) reject(new Error(`no answer, ${code}: ${said.stdout}${said.stderr}`));
      else resolve({ answer: JSON.parse(json) as unknown, ...said });
    });
  });
}

/** A command in a terminal of its own; script(1) is in the package bsdutils, which every Debian has. */
function inTerminal(command: readonly string[]): string[] {
  const words = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  return ['script', '--quiet', '--return', '--command', words, '/dev/null'];
}

describe('who is asked at a terminal', () => {
  test.each<[string, string, string | null]>([
    ['a name', 'prod\r', 'prod'],
    ['a name with spaces around it', '  prod \r', 'prod'],
    ['a name and corrects it', 'prox\u007Fd\r', 'prod'],
    ['nothing', '\r', ''],
    ['Ctrl-C', '\u0003', null],
    ['Ctrl-C after a few letters', 'pro\u0003', null],
    ['Ctrl-D', '\u0004', null],
  ])('and types %s', async (_what, type, answer) => {
    expect((await asked(inTerminal(NODE), type)).answer).toBe(answer);
  });
});

describe('who is asked without a terminal', () => {
  test('answers with a line, and the question is not on stdout', async () => {
    const { answer, stdout, stderr } = await asked(NODE, 'prod\n');
    expect({ answer, stdout, stderr }).toEqual({
      answer: 'prod',
      stdout: '<"prod">\n',
      stderr: QUESTION,
    });
  });

  test('has answered nothing when the input ends', async () => {
    expect((await asked(NODE, null)).answer).toBeNull();
  });
});
