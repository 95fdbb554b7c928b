import { complain, say, settleCommand } from './command-outcome.ts';
import { parseFault } from './parse-fault.ts';
import { openSandbox } from './sandbox.ts';
import { UsageError } from './usage-error.ts';

/** Options of `sandbox fault`. */
export interface FaultFlags {
  /** Directory of the sandbox. */
  readonly dir: string;
  /** `NAMESPACE/NAME` of one LoadBalancer Service. */
  readonly service?: string;
  /** Time to live of a DNS answer, in seconds. */
  readonly ttl?: number;
}

/** Runs `sandbox fault`; without words it shows the faults in force. */
export function runFault(
  cluster: string,
  words: readonly string[],
  flags: FaultFlags,
): Promise<void> {
  return settleCommand(async () => {
    const sandbox = openSandbox(flags.dir);
    if (sandbox === undefined) {
      complain(`no sandbox is running in ${flags.dir}; start one with "meshwright sandbox up"`);
      return 1;
    }
    if (!sandbox.clusters.some(({ name }) => name === cluster)) {
      const known = sandbox.clusters.map(({ name }) => name).join(', ');
      throw new UsageError(`no cluster "${cluster}"; the sandbox has ${known}`);
    }
    const options = {
      ...(flags.service === undefined ? {} : { service: flags.service }),
      ...(flags.ttl === undefined ? {} : { ttlSeconds: flags.ttl }),
    };
    const status =
      words.length === 0
        ? await sandbox.status()
        : await sandbox.inject(cluster, parseFault(words, options));
    const faults = status.clusters.find(({ name }) => name === cluster)?.faults ?? [];
    say(
      faults.length === 0
        ? `${cluster}: no fault in force`
        : faults.map((fault) => `${cluster}: ${fault}`).join('\n'),
    );
    return 0;
  });
}
