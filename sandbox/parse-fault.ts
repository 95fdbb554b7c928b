import { isIPv4 } from 'node:net';
import { parseDurationMs } from './duration.ts';
import { defaultNeverReason, defaultTtlSeconds, loadBalancerZone } from './fault.ts';
import type { DnsAnswer, Fault } from './fault.ts';
import { UsageError } from './usage-error.ts';

/** Options of `sandbox fault` that narrow or complete a fault. */
export interface FaultOptions {
  /** `NAMESPACE/NAME` of one LoadBalancer Service; all Services of the cluster when absent. */
  readonly service?: string;
  /** Time to live of a DNS answer, in seconds. @default 5 */
  readonly ttlSeconds?: number;
}

const kinds = ['lb-delay', 'lb-never', 'lb-address', 'lb-hostname', 'dns', 'api', 'clear'];

/**
 * Reads a fault from the words of the command line, e.g. `['lb-delay', '20s']`.
 *
 * @throws {UsageError} names the wrong word and what can stand there
 */
export function parseFault(words: readonly string[], options: FaultOptions = {}): Fault {
  const [kind = '', ...rest] = words;
  if (options.ttlSeconds !== undefined && kind !== 'dns') {
    throw new UsageError(`--ttl goes with dns faults, not with ${kind}`);
  }
  const service = readService(kind, options.service);
  switch (kind) {
    case 'lb-delay':
      return { kind, delayMs: readDelay(only(rest, kind, 'DURATION')), ...service };
    case 'lb-never':
      return { kind, reason: rest.join(' ') || defaultNeverReason, ...service };
    case 'lb-address': {
      const action = only(rest, kind, 'change, dead, gone or restore');
      return {
        kind,
        action: oneOf(action, kind, ['change', 'dead', 'gone', 'restore']),
        ...service,
      };
    }
    case 'lb-hostname': {
      const name = only(rest, kind, 'NAME or off');
      return name === 'off'
        ? { kind, ...service }
        : { kind, name: readName(name, true), ...service };
    }
    case 'dns': {
      const [name = '', ...answer] = rest;
      return { kind, name: readName(name, false), answer: readAnswer(answer, options.ttlSeconds) };
    }
    case 'api': {
      const action = only(rest, kind, 'stop, start, pause or resume');
      return { kind, action: oneOf(action, kind, ['stop', 'start', 'pause', 'resume']) };
    }
    case 'clear':
      if (rest.length > 0) throw new UsageError(`clear takes no argument, got "${rest.join(' ')}"`);
      return { kind };
    default:
      throw new UsageError(`unknown fault "${kind}"; one of ${kinds.join(', ')}`);
  }
}

function readService(kind: string, service: string | undefined): { service?: string } {
  if (service === undefined) return {};
  if (!kind.startsWith('lb-'))
    throw new UsageError(`--service goes with lb-* faults, not with ${kind}`);
  if (!/^[a-z0-9][-a-z0-9]*\/[a-z0-9][-a-z0-9]*$/.test(service)) {
    throw new UsageError(`--service "${service}": write NAMESPACE/NAME`);
  }
  return { service };
}

function only(words: readonly string[], kind: string, form: string): string {
  if (words.length === 1 && words[0]) return words[0];
  const got = words.length === 0 ? 'got nothing' : `got "${words.join(' ')}"`;
  throw new UsageError(`${kind} takes ${form}; ${got}`);
}

function oneOf<Word extends string>(word: string, kind: string, allowed: readonly Word[]): Word {
  const found = allowed.find((each) => each === word);
  if (found === undefined) {
    throw new UsageError(`${kind} "${word}" is not known; one of ${allowed.join(', ')}`);
  }
  return found;
}

function readDelay(text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new UsageError(`lb-delay: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readName(text: string, pattern: boolean): string {
  const name = text.toLowerCase();
  const plain = pattern ? name.replaceAll(/\{(service|namespace)\}/g, 'x') : name;
  if (!/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+lb\.test$/.test(plain)) {
    throw new UsageError(
      `"${text}" is not a name below .${loadBalancerZone}, such as gw1.${loadBalancerZone}`,
    );
  }
  return name;
}

function readAnswer(words: readonly string[], ttlSeconds = defaultTtlSeconds): DnsAnswer {
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 0) {
    throw new UsageError('--ttl takes a whole number of seconds, 0 or more');
  }
  const form = 'ADDRESS[,…], nxdomain, empty, servfail, timeout or default';
  const word = only(words, 'dns NAME', form);
  if (word === 'nxdomain' || word === 'empty' || word === 'servfail' || word === 'timeout') {
    return { type: word, ttlSeconds };
  }
  if (word === 'default') return { type: word, ttlSeconds };
  const addresses = word.split(',');
  const wrong = addresses.find((address) => !isIPv4(address));
  if (wrong !== undefined)
    throw new UsageError(`dns: "${wrong}" is not an IPv4 address; it takes ${form}`);
  return { type: 'addresses', addresses, ttlSeconds };
}
