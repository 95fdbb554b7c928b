import { resolve } from 'node:path';
import { say, settleCommand } from './command-outcome.ts';
import { takeDown } from './sandbox.ts';

/** Runs `sandbox down`; that nothing runs is no error. */
export function runDown(dir: string): Promise<void> {
  return settleCommand(async () => {
    const wasRunning = await takeDown(dir);
    say(
      wasRunning
        ? `the sandbox in ${resolve(dir)} is gone`
        : `no sandbox is running in ${resolve(dir)}`,
    );
    return 0;
  });
}
