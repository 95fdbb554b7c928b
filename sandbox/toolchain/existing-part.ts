import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { overrideVariable } from './parts.ts';
import type { PartName, ResolvedPart } from './parts.ts';
import type { Resolution } from './resolution.ts';
import { ToolchainUnavailable } from './unavailable.ts';
import { VERSION_PROBES, probeVersion } from './version-probe.ts';

/** Where system programs are that an ordinary user's PATH may lack. */
const SYSTEM_FOLDERS = ['usr/local/sbin', 'usr/sbin', 'sbin', 'usr/bin', 'bin'];

/** Finds an executable file of that name on PATH, then in the system's folders. */
export async function findOnPath(
  command: string,
  { env, host }: Pick<Resolution, 'env' | 'host'>,
): Promise<string | undefined> {
  const onPath = (env['PATH'] ?? '').split(delimiter);
  const inSystem = SYSTEM_FOLDERS.map((folder) => join(host.systemRoot, folder));
  for (const folder of [...onPath, ...inSystem]) {
    const path = join(folder, command);
    if (isAbsolute(folder) && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  const runnable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  return runnable && (await stat(path)).isFile();
}

/**
 * Returns the part that an environment variable names.
 * @throws {ToolchainUnavailable} when it is no such file, or is another version
 */
export async function findOverride(
  name: PartName,
  resolution: Resolution,
): Promise<ResolvedPart | undefined> {
  const variable = overrideVariable(name);
  const path = resolution.env[variable];
  if (!path) return undefined;
  const cure = `unset ${variable}, or point it at another file`;
  const refuse = (why: string): never => {
    throw new ToolchainUnavailable(`${variable}=${path} ${why}`, cure);
  };
  if (!isAbsolute(path)) refuse('is not an absolute path');
  const probe = VERSION_PROBES[name];
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) refuse('does not exist');
  if (probe === undefined) return tell(name, path, `as ${variable} says`, resolution);
  if (!(await isExecutable(path))) refuse('is not an executable file');
  const version = await probeVersion(probe, path, resolution.run, resolution.env);
  if (version === undefined)
    return refuse(`does not tell its version, and ${probe.wanted} is needed`);
  if (!probe.accepts(version)) refuse(`is version ${version}, and ${probe.wanted} is needed`);
  return tell(name, path, `as ${variable} says`, resolution);
}

/**
 * Returns the part found on PATH in a version that will do. Another version is ignored, and that is told to those
 * who asked for details. Parts that cannot tell their version are never taken from PATH.
 */
export async function findInRightVersion(
  name: PartName,
  resolution: Resolution,
): Promise<ResolvedPart | undefined> {
  const probe = VERSION_PROBES[name];
  const path = probe && (await findOnPath(name, resolution));
  if (probe === undefined || path === undefined) return undefined;
  const version = await probeVersion(probe, path, resolution.run, resolution.env);
  if (version !== undefined && probe.accepts(version))
    return tell(name, path, 'found on PATH', resolution);
  resolution.onProgress({
    subject: name,
    phase: 'ignored',
    text: `ignoring ${path}: it is ${version ? `version ${version}` : 'of unknown version'}, and ${probe.wanted} is needed`,
    elapsedMs: 0,
    verbose: true,
  });
  return undefined;
}

function tell(name: PartName, path: string, why: string, resolution: Resolution): ResolvedPart {
  const text = `using ${path} for ${name}, ${why}`;
  resolution.onProgress({ subject: name, phase: 'found', text, elapsedMs: 0, verbose: true });
  return { path };
}
