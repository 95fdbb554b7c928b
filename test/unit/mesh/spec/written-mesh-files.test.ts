import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { renderMeshFile } from '../../../../sandbox/mesh-file.ts';
import { layOutSandbox } from '../../../../sandbox/shape.ts';
import { problemsIn } from '../../../support/refused-mesh-file.ts';

test.each([
  [1, 'discovered'],
  [2, 'meshNetworks'],
  [10, 'discovered'],
] as const)(
  'the mesh file a sandbox of %d clusters writes is valid with gateways %s',
  (count, gateways) => {
    expect(problemsIn(renderMeshFile(layOutSandbox(count, 'separate'), gateways))).toEqual([]);
  },
);

test('every mesh file in the documentation is valid', () => {
  const text = readFileSync(new URL('../../../../docs/kind.md', import.meta.url), 'utf8');
  const files = [...text.matchAll(/^```ya?ml\n([^`]*^kind: Mesh$[^`]*)^```/gm)].map(
    (match) => match[1] ?? '',
  );
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap(problemsIn)).toEqual([]);
});
