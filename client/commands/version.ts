import { createRequire } from 'node:module';
import type { ClientFlags } from '../options.ts';
import { openSession } from '../session.ts';
import { programVersion } from '../program-version.ts';

/** Runs `meshwright version`. */
export async function runVersionCommand(flags: ClientFlags): Promise<void> {
  const require = createRequire(import.meta.url);
  const sdk = require('@temporalio/client/package.json') as { version: string };
  const versions = {
    meshwright: programVersion(),
    node: process.versions.node,
    temporalSdk: sdk.version,
  };
  const document = { apiVersion: 'meshwright.dev/v1alpha1', kind: 'Version', ...versions };
  await openSession(flags).output.answer(document, () => [
    ['meshwright    ', versions.meshwright],
    ['node          ', versions.node],
    ['Temporal SDK  ', versions.temporalSdk],
  ]);
}
