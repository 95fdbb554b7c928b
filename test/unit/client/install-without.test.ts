import { describe, expect, test } from '@jest/globals';
import { installWithout } from '../../../client/install-without.ts';
import type { StepProgress } from '../../../contract/mesh-status.ts';
import type { MeshSpec } from '../../../mesh/spec/mesh-spec.ts';
import { aCluster, aMeshSpec } from '../../support/a-mesh-spec.ts';
import { aDoneStep, aStep } from '../../support/a-snapshot.ts';

/** Two primaries, and a remote of the first. */
const SPEC: MeshSpec = aMeshSpec({
  clusters: [
    aCluster('east', 'network1'),
    aCluster('west', 'network2'),
    aCluster('north', 'network3', 'east'),
  ],
});

/** Looks at all clusters, of which some have failed that often. */
function looks(away: { [cluster: string]: number }): StepProgress[] {
  return SPEC.clusters.map(({ name }) => {
    const attempts = away[name];
    return attempts === undefined
      ? aDoneStep(`${name}/precheck`, 5, { kind: 'precheck' })
      : aStep(`${name}/precheck`, { kind: 'precheck', state: 'retrying', attempts });
  });
}

describe('a plan that waits for clusters which do not answer', () => {
  test('names the command that goes on without one, what it does now and what later', () => {
    expect(installWithout(SPEC, looks({ west: 9 }))).toBe(
      'meshwright install --yes goes on without west: it installs east, north now and attaches west when it is back',
    );
  });

  test('counts a remote whose primary is away among those that are attached later', () => {
    expect(installWithout(SPEC, looks({ east: 9 }))).toBe(
      'meshwright install --yes goes on without east: it installs west now and attaches east, north when they are back',
    );
  });

  test('promises nothing when no control plane is left', () => {
    expect(installWithout(SPEC, looks({ east: 9, west: 9 }))).toBeNull();
  });

  test('says nothing of a cluster that only blinks, and of none at all', () => {
    expect(installWithout(SPEC, looks({ west: 2 }))).toBeNull();
    expect(installWithout(SPEC, looks({}))).toBeNull();
  });
});
