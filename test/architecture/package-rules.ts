import { inFolder, PRODUCT } from './rule.ts';
import type { Rule } from './rule.ts';

const CLIENT_NODE = '@kubernetes/client-node';

/** Where single packages may be imported, and which a folder may. */
export const PACKAGE_RULES: Rule[] = [
  {
    id: 'R24',
    says: `${CLIENT_NODE} is imported by activities/adapters/ only, and there when it is needed, not at the start`,
    broken: (files) =>
      inFolder(files, ...PRODUCT).flatMap(({ path, imports }) =>
        imports
          .filter(
            ({ target, typesOnly, late }) =>
              target === CLIENT_NODE &&
              !(path.startsWith('activities/adapters/') && (typesOnly || late)),
          )
          .map(({ specifier }) => `${path} imports ${specifier}`),
      ),
    planted: [
      {
        path: 'activities/planted.ts',
        text: `import type { V1Pod } from '${CLIENT_NODE}';`,
      },
      { path: 'client/planted.ts', text: `const library = await import('${CLIENT_NODE}');` },
      { path: 'worker/planted.ts', text: `import { KubeConfig } from '${CLIENT_NODE}';` },
      {
        path: 'activities/adapters/planted.ts',
        text: `import { Exec } from '${CLIENT_NODE}/dist/exec.js';`,
      },
    ],
  },
  {
    id: 'R25',
    says: 'codec/ imports itself, node and what payloads are made of only: worker and client share it',
    broken: (files) =>
      inFolder(files, 'codec').flatMap(({ path, imports }) =>
        imports
          .filter(({ ours, target }) =>
            ours
              ? !target.startsWith('codec/')
              : !/^(node:.*|@temporalio\/(common|proto))$/.test(target),
          )
          .map(({ specifier }) => `${path} imports ${specifier}`),
      ),
    planted: [
      {
        path: 'codec/planted.ts',
        text: "import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';",
      },
      { path: 'codec/planted.ts', text: "import { Client } from '@temporalio/client';" },
    ],
  },
];
