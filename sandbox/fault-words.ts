import { formatDuration } from './duration.ts';
import type { DnsAnswer } from './fault.ts';
import type { LoadBalancerLine } from './load-balancer-lines.ts';
import type { LoadBalancerPolicy, PolicyBook } from './load-balancer-policy.ts';

/** Faults in force of one cluster, as facts. */
export interface FaultFacts {
  /** How its load balancer treats Services. */
  readonly policies: PolicyBook;
  /** Its load balanced Services. */
  readonly loadBalancers: readonly LoadBalancerLine[];
  /** What was set for names, by name. */
  readonly answers: ReadonlyMap<string, DnsAnswer>;
  /** The API server's state, when it is not running. */
  readonly api: 'stop' | 'pause' | undefined;
}

/** Says the faults in force in the words that `sandbox fault` takes. */
export function faultWords(facts: FaultFacts): string[] {
  const broken = facts.loadBalancers.filter(({ state }) => state === 'dead' || state === 'gone');
  return [
    ...policyWords(facts.policies.all, ''),
    ...[...facts.policies.byService].flatMap(([service, policy]) =>
      policyWords(policy, ` --service ${service}`),
    ),
    ...broken.map(({ service, state }) => `lb-address ${state} --service ${service}`),
    ...[...facts.answers].map(([name, answer]) => `dns ${name} ${answerWords(answer)}`),
    ...(facts.api === undefined ? [] : [`api ${facts.api}`]),
  ];
}

function policyWords(policy: Partial<LoadBalancerPolicy>, suffix: string): string[] {
  const words: string[] = [];
  if (policy.neverReason !== undefined) words.push(`lb-never ${policy.neverReason}`);
  else if (policy.delayMs) words.push(`lb-delay ${formatDuration(policy.delayMs)}`);
  if (policy.hostname !== undefined) words.push(`lb-hostname ${policy.hostname}`);
  return words.map((word) => `${word}${suffix}`);
}

function answerWords(answer: DnsAnswer): string {
  const what = answer.type === 'addresses' ? answer.addresses.join(',') : answer.type;
  return `${what} --ttl ${answer.ttlSeconds}`;
}
