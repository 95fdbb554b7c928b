import type { PlanStep } from './plan.ts';

/**
 * Finds what makes a list of steps no plan: an id used twice, a need that is not there, a circle. Empty when it is sound.
 * Takes time linear in steps and needs.
 */
export function planFaults(steps: readonly Pick<PlanStep, 'id' | 'needs'>[]): string[] {
  const faults: string[] = [];
  const waitsFor = new Map<string, number>();
  const unlocks = new Map<string, string[]>();
  for (const { id } of steps) {
    if (waitsFor.has(id)) faults.push(`step ${id} is there twice`);
    waitsFor.set(id, 0);
  }
  for (const { id, needs } of steps) {
    for (const need of needs) {
      if (!waitsFor.has(need)) {
        faults.push(`step ${id} needs ${need}, which is not in the plan`);
        continue;
      }
      waitsFor.set(id, (waitsFor.get(id) ?? 0) + 1);
      const unlocked = unlocks.get(need);
      if (unlocked === undefined) unlocks.set(need, [id]);
      else unlocked.push(id);
    }
  }
  const ready = [...waitsFor].filter(([, count]) => count === 0).map(([id]) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    waitsFor.delete(id);
    for (const next of unlocks.get(id) ?? []) {
      const left = (waitsFor.get(next) ?? 0) - 1;
      waitsFor.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  if (waitsFor.size > 0)
    faults.push(`these steps wait for each other: ${[...waitsFor.keys()].join(', ')}`);
  return faults;
}
