/**
 * How many requests to one API server may be sent again. Without it everything that is under way would be sent five times to a server that has
 * too much to do already.
 */
export type RetryBudget = {
  /** Takes leave to send one request again; false when there is none, and the request fails as it is. */
  spend(): boolean;
  /** Notes that a request was answered well, which gives leave for half a one. */
  earn(): void;
};

const CAPACITY = 20;
/** At three answers in ten that fail, a request is sent again 0.43 times; more than half is no blink. */
const EARNED = 0.5;

/** Makes a budget, full: of `n` requests that end well, at most 20 and half of `n` are sent again. */
export function createRetryBudget(): RetryBudget {
  let tokens = CAPACITY;
  return {
    spend: () => {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    earn: () => {
      tokens = Math.min(CAPACITY, tokens + EARNED);
    },
  };
}
