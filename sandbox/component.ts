import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';

/** What a supervised process is made of. */
export interface ComponentSpec {
  /** Name as `sandbox status` shows it, e.g. `kube-apiserver`. */
  readonly name: string;
  /** Command and arguments. */
  readonly words: readonly string[];
  /** File that receives both output streams. */
  readonly logFile: string;
}

/** State of a component, as `sandbox status` shows it. */
export interface ComponentStatus {
  readonly name: string;
  /** `restarting`: it died unasked; `stopped` and `paused`: somebody wanted that. */
  readonly state: 'running' | 'restarting' | 'stopped' | 'paused';
  /** Times it died without being asked to. */
  readonly unexpectedExits: number;
  /** How it died last without being asked to, e.g. `exit code 1 at 2026-11-21T07:00:00.000Z`. */
  readonly lastExit: string | null;
}

/** A process that is kept alive unless somebody wants it down. */
export interface Component {
  /** Starts it, or does nothing when it runs. */
  start(): void;
  /** Kills it and returns when it is gone; it stays down until {@link Component.start}. */
  stop(): Promise<void>;
  /** Freezes it: its connections stay open, nothing answers. */
  pause(): void;
  /** Thaws it. */
  resume(): void;
  /** Says how it is. */
  status(): ComponentStatus;
}

const shortestPauseMs = 500;
const longestPauseMs = 10_000;
/** A process that lived this long is taken for healthy: its next restart is quick again. */
const healthyAfterMs = 30_000;

/**
 * Starts a process and starts it again, with growing pauses, whenever it dies unasked.
 *
 * @param onDeath told of every unexpected death
 */
export function startComponent(spec: ComponentSpec, onDeath: (text: string) => void): Component {
  let child: ChildProcess | undefined;
  let state: ComponentStatus['state'] = 'stopped';
  let unexpectedExits = 0;
  let pauseMs = shortestPauseMs;
  let lastExit: string | null = null;
  let timer: NodeJS.Timeout | undefined;

  const launch = () => {
    const startedAtMs = Date.now();
    const log = openSync(spec.logFile, 'a', 0o600);
    const [command = '', ...args] = spec.words;
    const launched = spawn(command, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    child = launched;
    state = 'running';
    const ended = (how: string) => {
      if (child !== launched) return;
      child = undefined;
      if (state === 'stopped') return;
      unexpectedExits += 1;
      lastExit = `${how} at ${new Date().toISOString()}`;
      state = 'restarting';
      if (Date.now() - startedAtMs > healthyAfterMs) pauseMs = shortestPauseMs;
      onDeath(`${spec.name} died (${how}), starting it again; its log: ${spec.logFile}`);
      timer = setTimeout(launch, pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    };
    launched.on('error', (error) => ended(error.message));
    launched.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
  };

  const component: Component = {
    start() {
      if (child !== undefined) return component.resume();
      clearTimeout(timer);
      launch();
    },
    async stop() {
      clearTimeout(timer);
      state = 'stopped';
      const dying = child;
      if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return;
      const gone = once(dying, 'exit');
      dying.kill('SIGKILL');
      await gone;
    },
    pause() {
      if (child?.kill('SIGSTOP')) state = 'paused';
    },
    resume() {
      if (child?.kill('SIGCONT')) state = 'running';
    },
    status: () => ({ name: spec.name, state, unexpectedExits, lastExit }),
  };
  component.start();
  return component;
}
