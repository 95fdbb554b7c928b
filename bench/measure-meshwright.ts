import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../bin/demo/running-server.ts';
import { runMeshwright } from '../bin/run-meshwright.ts';
import { onFreshSandbox, type BenchShape } from './fresh-sandbox.ts';

/** Seconds from the start of the command. */
export type OurTimes = {
  /** Everything installed and every gateway ready: what the guide ends with. */
  installed: number;
  /** Requests between all clusters answered too. */
  verified: number;
};

/** Forgets rendered manifests, so that every run pays for istioctl as the guide does. */
function forgetRendered(): void {
  const cache = process.env['MESHWRIGHT_CACHE'] ?? join(homedir(), '.cache', 'meshwright');
  rmSync(join(cache, 'rendered'), { recursive: true, force: true });
}

/**
 * Times `meshwright install` on a fresh sandbox, Temporal and a worker being there already as istioctl is for the guide.
 * @throws Error when the install fails
 */
export async function measureMeshwright(shape: BenchShape): Promise<OurTimes> {
  return onFreshSandbox(shape, async () => {
    forgetRendered();
    const server = await startServer({ dir: shape.dir, keep: false });
    try {
      const started = Date.now();
      const install = await runMeshwright(
        ['install', '-f', join(shape.dir, 'mesh.yaml'), '--yes', '--reason', 'bench'],
        {
          env: server.env,
        },
      );
      const verified = (Date.now() - started) / 1000;
      if (install.exitCode !== 0)
        throw new Error(`install ended with ${install.exitCode}:\n${install.stderr}`);
      const history = await runMeshwright(['history', 'sandbox', '-o', 'json'], {
        env: server.env,
      });
      const { operations } = JSON.parse(history.stdout) as {
        operations: { steps: { id: string; finishedAt: string | null }[] }[];
      };
      const ends = (operations[0]?.steps ?? [])
        // What follows the mesh and the requests of the end are no part of the guide.
        .filter(({ id }) => !id.startsWith('mesh/'))
        .map(({ finishedAt }) => Date.parse(finishedAt ?? ''));
      return { installed: (Math.max(...ends) - started) / 1000, verified };
    } finally {
      await server.stop();
    }
  });
}
