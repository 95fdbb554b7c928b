/** A signal that Ctrl-C aborts once; the second Ctrl-C ends the program at once. `release` gives Ctrl-C back its usual meaning. */
export function catchInterrupts(): { signal: AbortSignal; release(): void } {
  const stop = new AbortController();
  const onInterrupt = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  return {
    signal: stop.signal,
    release() {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onInterrupt);
    },
  };
}
