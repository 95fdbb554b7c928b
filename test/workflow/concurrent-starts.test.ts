import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openTemporal, type TemporalAccess } from '../../client/connection.ts';
import { startOperation } from '../../client/start-operation.ts';
import { meshWorkflowId } from '../../contract/workflow-ids.ts';
import { aMeshSpec } from '../support/a-mesh-spec.ts';
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts';

const STARTS = 50;

describe('installs of one mesh that are started at once', () => {
  let server: TemporalServer;
  let access: TemporalAccess;

  beforeAll(async () => {
    server = await startTemporalServer();
    const target = {
      address: server.address,
      addressSource: 'of the test',
      proxied: false,
      namespace: 'default',
      connection: {},
    };
    access = await openTemporal(target, 'ana@laptop', []);
  }, 180_000);

  afterAll(async () => {
    await access.connection.close();
    await server.stop();
  });

  test('become one execution, which all of them are told', async () => {
    const spec = aMeshSpec({ name: 'wanted-by-fifty' });
    const outcomes = await Promise.all(
      Array.from({ length: STARTS }, (_, index) =>
        startOperation(access, 'install', meshWorkflowId(spec.name), {
          spec,
          specDigest: 'digest-of-the-spec',
          by: `person${index}`,
          reason: null,
          confirmedDigest: null,
        }),
      ),
    );
    const started = outcomes.flatMap((outcome) => ('started' in outcome ? [outcome.started] : []));
    const running = outcomes.flatMap((outcome) => ('running' in outcome ? [outcome.running] : []));
    expect(started).toHaveLength(1);
    expect(running).toHaveLength(STARTS - 1);
    expect(new Set(running.map(({ runId }) => runId))).toEqual(
      new Set(started.map(({ runId }) => runId)),
    );
    expect(
      await access.client.workflow.getHandle(meshWorkflowId(spec.name)).describe(),
    ).toMatchObject({
      runId: started[0]?.runId,
      status: { name: 'RUNNING' },
    });
  }, 60_000);
});
