import type { VerifyPair } from '../plan/verify-report.ts';

/** What the requests of one cluster's client came to. */
export type TrafficTally = {
  /** Requests sent. */
  requests: number;
  /** Answers by answering cluster. */
  answers: { [cluster: string]: number };
  /** Requests that got no answer of a known cluster, each in wget's words. */
  errors: string[];
};

/** A tally of nothing. */
export const EMPTY_TALLY: TrafficTally = { requests: 0, answers: {}, errors: [] };

/** Reads the lines of `requestCommand`; what is neither a known cluster's name nor an error line of wget counts as an error. */
export function readAnswers(stdout: string, clusters: string[]): TrafficTally {
  const tally: TrafficTally = { requests: 0, answers: {}, errors: [] };
  for (const line of stdout.split('\n')) {
    const match = /^(\d+) (.*)$/.exec(line);
    if (match === null) continue;
    const answer = (match[2] ?? '').trim();
    tally.requests++;
    if (match[1] === '0' && clusters.includes(answer))
      tally.answers[answer] = (tally.answers[answer] ?? 0) + 1;
    else tally.errors.push(answer === '' ? `exit ${match[1] ?? ''}` : answer.slice(0, 120));
  }
  return tally;
}

/** Adds a round to a tally. A round after failures starts anew: what counts is what holds now. */
export function addRound(tally: TrafficTally, round: TrafficTally): TrafficTally {
  if (tally.errors.length > 0 || round.errors.length > 0) return round;
  const answers = { ...tally.answers };
  for (const [cluster, count] of Object.entries(round.answers))
    answers[cluster] = (answers[cluster] ?? 0) + count;
  return { requests: tally.requests + round.requests, answers, errors: [] };
}

/** Whether every cluster has answered, enough requests were sent, and none of them failed. */
export function isProof(tally: TrafficTally, clusters: string[], requests: number): boolean {
  return (
    tally.errors.length === 0 &&
    tally.requests >= requests &&
    clusters.every((cluster) => (tally.answers[cluster] ?? 0) > 0)
  );
}

function reason(from: string, to: string, tally: TrafficTally): string | null {
  const last = tally.errors.at(-1);
  if (last !== undefined)
    return `${tally.errors.length} of ${tally.requests} requests failed: ${last}`;
  if ((tally.answers[to] ?? 0) > 0) return null;
  if (tally.requests === 0) return `no request was sent from ${from}`;
  const answered = Object.keys(tally.answers).sort().join(', ');
  if (from === to) return `only ${answered} answered`;
  return `only ${answered} answered; see whether pods of ${from} reach the east-west gateway of ${to} on port 15443`;
}

/** The row of the matrix for one client's cluster. */
export function pairsFrom(from: string, clusters: string[], tally: TrafficTally): VerifyPair[] {
  return clusters.map((to) => {
    const why = reason(from, to, tally);
    return {
      from,
      to,
      ok: why === null,
      requests: tally.requests,
      answers: tally.answers[to] ?? 0,
      reason: why,
    };
  });
}
