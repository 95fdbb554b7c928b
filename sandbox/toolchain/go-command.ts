import { findOnPath } from './existing-part.ts';
import type { Resolution } from './resolution.ts';

/** The first Go release that fetches the release a module asks for by itself. */
const FIRST_WITH_TOOLCHAINS = [1, 21] as const;

/**
 * Finds the go command: `$MESHWRIGHT_GO`, the one on PATH when it is 1.21 or newer (it fetches the release that the
 * module files ask for through the module proxy), else one unpacked from a wheel. Debian's own may be older.
 */
export async function findGo(resolution: Resolution): Promise<string> {
  const { env, run, signal, onProgress } = resolution;
  const onPath = env['MESHWRIGHT_GO'] ? undefined : await findOnPath('go', resolution);
  if (onPath === undefined) return (await resolution.part('go')).path;
  const asked = await run(onPath, ['env', 'GOVERSION'], {
    env: { ...env, GOTOOLCHAIN: 'local' },
    timeoutMs: 10_000,
    signal,
  }).catch(() => undefined);
  const [major = 0, minor = 0] = (asked?.stdout.trim().match(/\d+/g) ?? []).map(Number);
  const [wantedMajor, wantedMinor] = FIRST_WITH_TOOLCHAINS;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return onPath;
  onProgress({
    subject: 'go',
    phase: 'ignored',
    text: `ignoring ${onPath}: it is ${asked?.stdout.trim() || 'broken'}, and 1.21 or newer is needed`,
    elapsedMs: 0,
    verbose: true,
  });
  return (await resolution.part('go')).path;
}
