import type { WholeAnswer } from './fault-answers.ts';
import type { ProxiedRequest } from './fault-kinds.ts';

/** Remembers answers as a cache does that hears nothing of writes. */
export type StaleAnswers = {
  /** Keeps the first answer to a question. */
  keep(request: ProxiedRequest, answer: WholeAnswer): void;
  /** The first answer to the question of a request, where it is another one than the last; null when there is none, or none so new as the request demands. */
  find(request: ProxiedRequest): WholeAnswer | null;
};

/** Opens an empty memory. */
export function openStaleAnswers(): StaleAnswers {
  const first = new Map<string, WholeAnswer>();
  const last = new Map<string, string>();
  return {
    keep: ({ method, path }, answer) => {
      if (method !== 'GET' || (answer.code !== 200 && answer.code !== 404)) return;
      const key = keyOf(path);
      if (!first.has(key)) first.set(key, answer);
      last.set(key, answer.body);
    },
    find: ({ path }) => {
      const key = keyOf(path);
      const found = first.get(key);
      if (found === undefined || found.body === last.get(key)) return null;
      // A cache obeys the least version that it is asked for.
      const least = Number(parametersOf(path).get('resourceVersion') ?? 0);
      return versionOf(found) < least ? null : found;
    },
  };
}

function parametersOf(path: string): URLSearchParams {
  return new URL(path, 'https://host').searchParams;
}

/** The question, whatever versions its answer may have. */
function keyOf(path: string): string {
  const url = new URL(path, 'https://host');
  url.searchParams.delete('resourceVersion');
  url.searchParams.delete('resourceVersionMatch');
  return `${url.pathname}?${url.searchParams.toString()}`;
}

function versionOf({ code, body }: WholeAnswer): number {
  if (code !== 200) return 0;
  const { metadata } = JSON.parse(body) as { metadata?: { resourceVersion?: string } };
  return Number(metadata?.resourceVersion ?? 0);
}
