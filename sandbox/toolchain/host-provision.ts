import { installPackages, requireInstallable } from './debian-packages.ts';
import { findHostPart, packagesOf } from './host-parts.ts';
import type { HostPartName, ResolvedPart } from './parts.ts';
import type { Resolution } from './resolution.ts';
import { ToolchainUnavailable } from './unavailable.ts';

/** Provides parts of the operating system, installing what is missing in as few runs of apt-get as can be. */
export interface HostProvision {
  /** Provides one part. @throws {ToolchainUnavailable} when it is missing and cannot be installed */
  provide(name: HostPartName): Promise<ResolvedPart>;
  /** Waits until nothing is being installed any more, however that ended. */
  settle(): Promise<void>;
}

/**
 * Finds out which of these parts are missing, and begins to install them.
 * @throws {ToolchainUnavailable} at once when something is missing and cannot be installed here
 */
export async function beginHostProvision(
  names: readonly HostPartName[],
  resolution: Resolution,
): Promise<HostProvision> {
  const found = await Promise.all(names.map((name) => findHostPart(name, resolution)));
  const missing = names.filter((_, index) => found[index] === undefined);
  let installing = Promise.resolve();
  const install = (wanted: readonly HostPartName[]): Promise<void> => {
    const packages = packagesOf(wanted);
    requireInstallable(packages, resolution);
    installing = installing.then(() => installPackages(packages, resolution));
    return installing;
  };
  if (missing.length > 0) install(missing).catch(() => undefined);
  return {
    settle: () => installing.catch(() => undefined),
    provide: async (name) => {
      const known = found[names.indexOf(name)];
      if (known) return known;
      await installing;
      const part = await findHostPart(name, resolution);
      if (part) return part;
      await install([name]);
      const installed = await findHostPart(name, resolution);
      if (installed) return installed;
      throw new ToolchainUnavailable(
        `${name} is still not usable after installing ${packagesOf([name]).join(' ')}`,
        `see what ${name} --version says, and what stands before it on PATH`,
      );
    },
  };
}
