/** Requests in flight to one cluster at once; the API server's own limits are 400 reads and 200 writes for all its clients. */
export const PARALLEL_REQUESTS = 16;

/** Runs work over items, at most `limit` at once, and answers the results in order. Stops starting new ones after the first failure. */
export async function boundedParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  limit: number = PARALLEL_REQUESTS,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
