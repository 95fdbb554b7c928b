import { expect, test } from '@jest/globals';
import { confirmMesh } from '../../../client/confirm-mesh.ts';
import type { Confirmed } from '../../../client/confirm-mesh.ts';

const TERMINAL = { canAsk: () => true };
const NO_TERMINAL = { canAsk: () => false };

test.each<[string, string | null, boolean]>([
  ['the name of the mesh', 'prod', true],
  ['another name', 'prod2', false],
  ['yes', 'yes', false],
  ['nothing', '', false],
  ['Ctrl-C', null, false],
])('who is asked and types %s has confirmed or not', async (_what, typed, isConfirmed) => {
  const questions: string[] = [];
  const ask = (question: string): Promise<string | null> => {
    questions.push(question);
    return Promise.resolve(typed);
  };
  const asked = confirmMesh.ask('prod', 'remove it', {}, ask);
  if (isConfirmed) await expect(asked).resolves.toBeUndefined();
  else await expect(asked).rejects.toMatchObject({ exitCode: 2, message: /not confirmed/u });
  expect(questions).toEqual(['To remove it, type the name of the mesh: ']);
});

test('who has confirmed by flags is not asked', async () => {
  const ask = (): Promise<never> => Promise.reject(new Error('asked'));
  await confirmMesh.ask('prod', 'remove it', { yes: true, confirm: 'prod' }, ask);
});

test.each<[string, typeof TERMINAL, Confirmed, RegExp | null]>([
  ['a terminal', TERMINAL, {}, null],
  ['no terminal', NO_TERMINAL, {}, /there is no terminal/u],
  ['a file on stdin', TERMINAL, { file: '-' }, /stdin holds the mesh file/u],
  ['a file', TERMINAL, { file: 'mesh.yaml' }, null],
  ['--yes alone', TERMINAL, { yes: true }, /--yes alone does not uninstall/u],
  ['--yes and the name', NO_TERMINAL, { yes: true, confirm: 'prod', file: '-' }, null],
  ['another name', TERMINAL, { confirm: 'other' }, /--confirm other is not the name/u],
])('before anything is done, %s is enough or refused', (_what, output, flags, refusal) => {
  const required = (): void => confirmMesh.require(output, 'prod', 'uninstall', flags);
  if (refusal === null) expect(required).not.toThrow();
  else expect(required).toThrow(refusal);
});
