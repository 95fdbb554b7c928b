import { describe, expect, test } from '@jest/globals';
import { controlPlaneStatus, withControlPlane } from '../../../contract/control-plane-status.ts';
import type {
  ClusterStatus,
  ControlPlaneStatus,
  OperationStatus,
  StepStanding,
} from '../../../contract/mesh-status.ts';
import { aDoneStep, ago, aSnapshot, aStep } from '../../support/a-snapshot.ts';

const { operation } = aSnapshot([]).progress;

function statusOf(steps: StepStanding[], more: Partial<OperationStatus> = {}): ControlPlaneStatus {
  return controlPlaneStatus('east', steps, { ...operation, ...more });
}

const applied = aDoneStep('east/apply-control-plane', 60, { kind: 'applyControlPlane' });
const ready = aDoneStep('east/await-control-plane', 30, { kind: 'awaitControlPlane' });

describe('a cluster in which an install is taken back', () => {
  const undoing = {
    canceled: { by: 'ana', reason: 'wrong file', at: ago(20), undo: true },
  } as const;
  const undo = aDoneStep('east/undo-cluster', 10, { kind: 'removeCluster' });

  test('is on its way out, then removed, whatever the install had made or failed at before', () => {
    const failed = { ...ready, state: 'failed', reason: 'canceled before it was done' } as const;
    const pending = { ...undo, state: 'pending', since: null } as const;
    expect(statusOf([applied, ready], undoing)).toMatchObject({ state: 'Available' });
    expect(statusOf([applied, ready, pending], undoing)).toMatchObject({ state: 'Removing' });
    const canceled = { ...undoing, state: 'canceled', finishedAt: ago(1) } as const;
    for (const before of [ready, failed])
      expect(statusOf([applied, before, undo], canceled)).toEqual({
        state: 'Removed',
        since: ago(10),
        reason: null,
      });
    expect(statusOf([applied, ready, pending], canceled)).toMatchObject({
      state: 'Failed',
      reason: 'the install ended before',
    });
  });

  test('has no gateways any more', () => {
    const east: ClusterStatus = {
      name: 'east',
      network: 'net-east',
      role: 'primary',
      gatewayAddresses: ['198.51.100.7'],
      ingressAddresses: ['198.51.100.8'],
    };
    const told = (steps: StepStanding[]): string[] => {
      const shown = withControlPlane(east, steps, { ...operation, ...undoing });
      return [...shown.gatewayAddresses, ...shown.ingressAddresses];
    };
    expect(told([applied, ready])).toEqual(['198.51.100.7', '198.51.100.8']);
    expect(told([applied, ready, undo])).toEqual([]);
  });
});

describe('a cluster whose mesh is uninstalled', () => {
  const uninstall = { kind: 'uninstall' } as const;
  const sync = aDoneStep('mesh/end-sync', 60, { kind: 'followMesh' });
  const removal = aDoneStep('east/remove-cluster', 30, { kind: 'removeCluster' });

  test('is on its way out, then removed', () => {
    const running = { ...removal, state: 'running', reason: 'pods still end' } as const;
    expect(statusOf([sync, running], uninstall)).toEqual({
      state: 'Removing',
      since: operation.startedAt,
      reason: 'remove cluster: pods still end',
    });
    expect(statusOf([sync, removal], uninstall)).toMatchObject({
      state: 'Removed',
      since: ago(30),
    });
  });

  test('is removed where nothing was in it, and not before there is a plan that says so', () => {
    const survey = aDoneStep('east/survey', 90, { kind: 'surveyCluster' });
    expect(statusOf([survey, sync], uninstall)).toMatchObject({ state: 'Removed' });
    expect(statusOf([survey], uninstall)).toMatchObject({ state: 'Removing' });
  });

  test('is left behind when it could not be reached, and blocked when it needs a person', () => {
    const left = { ...removal, state: 'skipped', reason: 'left behind' } as const;
    expect(statusOf([sync, left], uninstall)).toMatchObject({
      state: 'LeftBehind',
      reason: 'left behind',
    });
    const blocked = { ...removal, state: 'blocked', reason: 'forbidden' } as const;
    expect(statusOf([sync, blocked], uninstall)).toMatchObject({
      state: 'Blocked',
      reason: 'remove cluster: forbidden',
    });
  });

  test('has failed where the uninstall ended before', () => {
    const pending = { ...removal, state: 'pending' } as const;
    const ended = { ...uninstall, state: 'canceled', finishedAt: ago(1) } as const;
    expect(statusOf([sync, pending], ended)).toEqual({
      state: 'Failed',
      since: ago(1),
      reason: 'the uninstall ended before',
    });
  });

  test('says that nothing was taken out where the uninstall ended before it had a plan', () => {
    const survey = aDoneStep('east/survey', 90, { kind: 'surveyCluster' });
    const refused = { ...uninstall, state: 'failed', finishedAt: ago(1) } as const;
    expect(statusOf([survey], refused)).toMatchObject({
      state: 'Failed',
      reason: 'nothing was taken out of it: the uninstall ended before',
    });
  });
});

describe('the control plane of a cluster', () => {
  test('is reconciling since the start of the operation, before there is a plan too', () => {
    const precheck = aDoneStep('east/precheck', 90, { kind: 'precheck' });
    expect(statusOf([precheck])).toEqual({
      state: 'Reconciling',
      since: operation.startedAt,
      reason: null,
    });
  });

  test('is available since its last step, whatever gateways and other clusters still wait for', () => {
    const waits = aStep('east/await-gateway-address', {
      kind: 'awaitGatewayAddress',
      state: 'blocked',
    });
    const other = aStep('west/await-cluster-sync', { kind: 'awaitClusterSync', state: 'blocked' });
    expect(statusOf([applied, ready, waits, other])).toEqual({
      state: 'Available',
      since: ago(30),
      reason: null,
    });
  });

  test('says what it is about while a step is under way', () => {
    const waiting = { ...ready, state: 'waiting', reason: 'pod istiod-1: Pending' } as const;
    expect(statusOf([applied, waiting])).toMatchObject({
      state: 'Reconciling',
      reason: 'await control plane: pod istiod-1: Pending',
    });
  });

  test('says first what is tried again and why, whatever else is under way', () => {
    const running = { ...applied, state: 'running', reason: null } as const;
    const retrying = { ...ready, state: 'retrying', reason: 'nothing listens there' } as const;
    expect(statusOf([running, retrying]).reason).toBe('await control plane: nothing listens there');
    const removal = { kind: 'removeComponent', title: 'remove' } as const;
    expect(
      statusOf(
        [
          { ...running, ...removal },
          { ...retrying, ...removal },
        ],
        { kind: 'uninstall' },
      ).reason,
    ).toBe('remove: nothing listens there');
  });

  test('is blocked since the step that waits for a person', () => {
    const blocked = { ...applied, state: 'blocked', since: ago(5), reason: 'forbidden' } as const;
    expect(statusOf([blocked, { ...ready, state: 'pending' }])).toEqual({
      state: 'Blocked',
      since: ago(5),
      reason: 'apply control plane: forbidden',
    });
  });

  test('has failed where the operation ended before it was there', () => {
    const pending = { ...ready, state: 'pending' } as const;
    expect(statusOf([applied, pending], { state: 'canceled', finishedAt: ago(1) })).toEqual({
      state: 'Failed',
      since: ago(1),
      reason: 'the install ended before',
    });
  });
});
