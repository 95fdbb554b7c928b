/** Between step id and round; never part of a step id, whose characters are those of DNS labels and `/`. */
const ROUND_MARK = '#';

/** Activity id of a step: the step's id in the first round, `<step>#<round>` in later ones. */
export function activityIdOf(step: string, round: number): string {
  return round === 1 ? step : `${step}${ROUND_MARK}${round}`;
}

/** Step and round that an activity id stands for. */
export function stepOfActivity(activityId: string): { step: string; round: number } {
  const [step = activityId, round] = activityId.split(ROUND_MARK);
  return { step, round: round === undefined ? 1 : Number(round) };
}
