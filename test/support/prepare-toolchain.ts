import { resolveParts, resolveSandboxToolchain } from '../../sandbox/toolchain/resolve.ts';
import { ToolchainUnavailable } from '../../sandbox/toolchain/unavailable.ts';

/**
 * Builds or unpacks what the tests on real clusters and a real Temporal need, once, with progress: a test that had to build
 * Kubernetes first would look hung for ten minutes.
 */
const options = {
  env: process.env,
  onProgress: (event: { text: string; verbose: boolean }): void => {
    if (!event.verbose) process.stdout.write(`${event.text}\n`);
  },
};

try {
  await resolveParts(['temporal', 'temporal-test-server'], options);
  await resolveSandboxToolchain(options);
} catch (error) {
  if (!(error instanceof ToolchainUnavailable)) throw error;
  process.stdout.write(`✖ ${error.message}\n  try: ${error.cure}\n`);
  process.exitCode = 2;
}
