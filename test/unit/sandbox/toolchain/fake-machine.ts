import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandFailed, runCommand } from '../../../../sandbox/toolchain/command.ts';
import type { CommandOptions, RunCommand } from '../../../../sandbox/toolchain/command.ts';
import type { HostFacts } from '../../../../sandbox/toolchain/host.ts';
import type { ToolchainEvent } from '../../../../sandbox/toolchain/progress.ts';
import type { ResolveOptions } from '../../../../sandbox/toolchain/resolve.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a scripted command does: prints, writes files, or throws. */
export type Script = (args: readonly string[], options: CommandOptions) => Promise<string> | string;

/** A machine whose system folders are in a temporary directory and whose slow commands are scripted. */
export interface FakeMachine {
  /** Options for the resolver. */
  options: ResolveOptions;
  /** Folder that stands for `/`. */
  systemRoot: string;
  /** The scripted commands; more may be added. */
  scripts: Record<string, Script>;
  /** Every scripted call as one line. */
  calls: string[];
  /** Every event so far. */
  events: ToolchainEvent[];
  /** Puts a real executable shell script into the machine, by default on PATH. Returns its path. */
  addProgram(name: string, shell: string, folder?: string): Promise<string>;
}

/** Makes a machine. A command without a script is really run, so programs added to it work. */
export async function fakeMachine(
  scripts: Record<string, Script> = {},
  facts: Partial<HostFacts> = {},
): Promise<FakeMachine> {
  const folder = await temporaryFolder();
  const systemRoot = join(folder, 'root');
  const onPath = join(folder, 'path');
  const calls: string[] = [];
  const events: ToolchainEvent[] = [];
  await mkdir(onPath, { recursive: true });
  const run: RunCommand = async (file, args, options) => {
    const name = file.startsWith(folder) || !file.startsWith('/') ? file.replace(/.*\//, '') : file;
    const script = scripts[name];
    if (!script) return runCommand(file, args, options);
    calls.push([name, ...args].join(' '));
    return { stdout: await script(args, options), stderr: '' };
  };
  const host = {
    platform: 'linux',
    arch: 'x64',
    root: true,
    debian: true,
    cores: 2,
    ...facts,
    systemRoot,
  } satisfies HostFacts;
  return {
    options: {
      env: { PATH: onPath, MESHWRIGHT_CACHE: join(folder, 'cache') },
      onProgress: (event) => events.push(event),
      run,
      host,
    },
    systemRoot,
    scripts,
    calls,
    events,
    addProgram: async (name, shell, where = onPath) => {
      const path = join(where, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `#!/bin/sh\n${shell}\n`);
      await chmod(path, 0o755);
      return path;
    },
  };
}

/** Scripts `nice go build … -o FILE PACKAGE`: writes what a real build would, as text. */
export function fakeGoBuild(build: (output: string) => Promise<void> | void = () => {}): Script {
  return async (args) => {
    const output = args[args.indexOf('-o') + 1] ?? '';
    await writeFile(output, `built ${args.at(-1)}\n`);
    await build(output);
    return '';
  };
}

/** What a command that ends with an error looks like to its caller. */
export function failure(printed: string): CommandFailed {
  return new CommandFailed('the command ended with code 1', printed);
}
