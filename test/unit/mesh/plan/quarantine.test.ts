import { describe, expect, test } from '@jest/globals';
import { canGoOnWithout, setAside } from '../../../../mesh/plan/quarantine.ts';
import { aCluster, aMeshSpec } from '../../../support/a-mesh-spec.ts';

const CLUSTERS = [
  aCluster('west2', 'n2', 'west'),
  aCluster('east', 'n1'),
  aCluster('west', 'n2'),
  aCluster('east2', 'n1', 'east'),
];
const spec = aMeshSpec({ clusters: CLUSTERS });
const atHome = aMeshSpec({ clusters: CLUSTERS, trust: { source: 'generated', home: 'east' } });

describe('clusters that cannot be read', () => {
  test('are set aside in the order of the file', () => {
    expect(setAside(spec, ['east2', 'west2'])).toEqual(['west2', 'east2']);
    expect(setAside(spec, [])).toEqual([]);
  });

  test('take the remotes of a primary with them, and no primary of a remote', () => {
    expect(setAside(spec, ['west'])).toEqual(['west2', 'west']);
    expect(setAside(spec, ['west2'])).toEqual(['west2']);
  });

  test('count for nothing when the file does not name them', () => {
    expect(setAside(spec, ['north'])).toEqual([]);
    expect(canGoOnWithout(spec, ['north'])).toBe(true);
  });
});

describe('an install without some clusters', () => {
  test('goes on as long as a control plane is left', () => {
    expect(canGoOnWithout(spec, [])).toBe(true);
    expect(canGoOnWithout(spec, ['east'])).toBe(true);
    expect(canGoOnWithout(spec, ['west', 'east2'])).toBe(true);
    expect(canGoOnWithout(spec, ['west', 'east'])).toBe(false);
  });

  test('does not go on without the only primary, whatever remotes are there', () => {
    expect(canGoOnWithout(aMeshSpec(), ['cluster2'])).toBe(true);
    expect(canGoOnWithout(aMeshSpec(), ['cluster1'])).toBe(false);
  });

  test('does not go on without the cluster that keeps the key of the root', () => {
    expect(canGoOnWithout(atHome, ['east'])).toBe(false);
    expect(canGoOnWithout(atHome, ['west'])).toBe(true);
  });

  test('does not go on when the key is in a remote whose primary is away', () => {
    const trust = { source: 'generated' as const, home: 'west2' };
    expect(canGoOnWithout({ ...spec, trust }, ['west'])).toBe(false);
    expect(canGoOnWithout({ ...spec, trust }, ['east'])).toBe(true);
  });

  test('goes on with certificates that the user brought', () => {
    expect(canGoOnWithout({ ...spec, trust: { source: 'existing' } }, ['east'])).toBe(true);
  });
});
