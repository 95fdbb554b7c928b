import { describe, expect, test } from '@jest/globals';
import { createRecordMesh } from '../../../activities/planning/record-mesh.ts';
import { MESH_RECORD, readMeshRecord } from '../../../mesh/istio/mesh-record.ts';
import type { Member, RecordInput } from '../../../mesh/plan/member.ts';
import { type FakeCluster, fakeCluster } from '../../support/fake-cluster.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const member = (name: string): Member => ({ name, context: `kind-${name}`, uid: `uid-${name}` });

/** What the clusters shall remember; they are `one` and `two`. */
function asked(members: string[], more: Partial<RecordInput> = {}): RecordInput {
  return {
    clusters: ['one', 'two'].map((name) => ({ name, context: name })),
    mesh: 'prod',
    namespace: 'istio-system',
    record: {
      members: members.map(member),
      revision: null,
      trustDomain: 'cluster.local',
      topology: 'multicluster',
    },
    ...more,
  };
}

function setup(): {
  clusters: FakeCluster[];
  record: ReturnType<typeof createRecordMesh>;
  membersIn: (cluster: number) => Promise<Member[]>;
} {
  const clusters = [fakeCluster('one'), fakeCluster('two')];
  return {
    clusters,
    record: createRecordMesh(fakePorts(clusters)),
    membersIn: async (index) => {
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system' };
      const found = await clusters[index]?.read({ ...ref, name: MESH_RECORD });
      return readMeshRecord(found ?? null)?.members ?? [];
    },
  };
}

describe('the record of a mesh', () => {
  test('keeps a cluster that is away and was remembered, in new clusters too', async () => {
    const { record, membersIn } = setup();
    const [one] = asked([]).clusters;
    if (one === undefined) throw new Error('no cluster is asked');
    await record(asked(['one', 'three'], { clusters: [one] }));
    const input = asked(['one', 'two'], { away: ['three'] });
    expect(await record(input)).toEqual({ changed: 2, summary: '3 clusters remembered' });
    const expected = ['one', 'three', 'two'].map(member);
    expect(await membersIn(0)).toEqual(expected);
    expect(await membersIn(1)).toEqual(expected);
    expect(await record(input)).toEqual({ changed: 0, summary: '3 clusters remembered' });
  });

  test('holds no cluster that is away and that nobody remembers', async () => {
    const { record, membersIn } = setup();
    await record(asked(['one', 'two'], { away: ['three'] }));
    expect(await membersIn(0)).toEqual([member('one'), member('two')]);
  });

  test('says of a cluster that is away what the plan says, where it says something', async () => {
    const { record, membersIn } = setup();
    await record(asked(['one', 'two', 'three']));
    const moved = { ...member('three'), context: 'elsewhere' };
    const { record: wanted, ...input } = asked(['one', 'two'], { away: ['three'] });
    await record({ ...input, record: { ...wanted, members: [...wanted.members, moved] } });
    expect(await membersIn(1)).toEqual([member('one'), moved, member('two')]);
  });

  test('forgets whom the plan no longer names when nobody is away', async () => {
    const { record, membersIn } = setup();
    await record(asked(['one', 'two', 'three']));
    await record(asked(['one', 'two']));
    expect(await membersIn(0)).toEqual([member('one'), member('two')]);
  });
});
