import type { StepProgress } from '../contract/mesh-status.ts';
import { canGoOnWithout, setAside } from '../mesh/plan/quarantine.ts';
import type { MeshSpec } from '../mesh/spec/mesh-spec.ts';

/** Attempts of a look after which its cluster counts as away, and not as one that blinks: the fifth begins after 4 s. */
const ATTEMPTS = 5;

/**
 * What an install would do that does not wait for clusters which do not answer, as one sentence with its command; null when none has failed to
 * answer several times, and when nothing could be installed without them.
 */
export function installWithout(spec: MeshSpec, steps: readonly StepProgress[]): string | null {
  const looks = steps.filter(({ kind }) => kind === 'precheck');
  const isAway = ({ state, attempts }: StepProgress): boolean =>
    state === 'retrying' && attempts >= ATTEMPTS;
  const missing = looks.flatMap((step) => (isAway(step) ? (step.cluster ?? []) : []));
  if (missing.length === 0 || !canGoOnWithout(spec, missing)) return null;
  const away = setAside(spec, missing);
  const others = spec.clusters.map(({ name }) => name).filter((name) => !away.includes(name));
  const back = away.length === 1 ? 'it is back' : 'they are back';
  return `meshwright install --yes goes on without ${missing.join(', ')}: it installs ${others.join(', ')} now and attaches ${away.join(', ')} when ${back}`;
}
