import { spawn } from 'node:child_process';

/** Settings of {@link runCommand}. */
export interface CommandSettings {
  /** Text for the command's standard input. */
  readonly input?: string;
  /** Limit in milliseconds, after which the command is killed. @default 60000 */
  readonly timeoutMs?: number;
  /** @default the caller's own environment */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Runs a command to its end and returns what it wrote to standard output.
 *
 * @throws {Error} with the command line and its last words when it fails or runs too long
 */
export function runCommand(
  command: string,
  args: readonly string[],
  settings: CommandSettings = {},
): Promise<string> {
  const timeoutMs = settings.timeoutMs ?? 60_000;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(settings.environment === undefined ? {} : { env: settings.environment }),
    });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(settings.input ?? '');
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
      const said = (complaint || output).trim().slice(-800);
      reject(new Error(`${command} ${args.join(' ')}: ${how}${said ? `: ${said}` : ''}`));
    });
  });
}
