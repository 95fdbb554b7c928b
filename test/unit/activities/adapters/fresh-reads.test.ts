import { expect, test } from '@jest/globals';
import type {
  ApiAnswer,
  ApiCall,
  ApiConnection,
} from '../../../../activities/adapters/api-connection.ts';
import { freshReads } from '../../../../activities/adapters/fresh-reads.ts';
import { ALWAYS_PERMITTED, failureOf } from '../../../support/test-clusters.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const permit = ALWAYS_PERMITTED;

/** A connection that answers one version after the other, and keeps the paths it was asked. */
function scripted(versions: (number | null)[]): { connection: ApiConnection; paths: string[] } {
  const paths: string[] = [];
  const send = async ({ path }: ApiCall): Promise<ApiAnswer> => {
    paths.push(path);
    const version = versions.shift() ?? null;
    const metadata = { name: 'a', resourceVersion: String(version) };
    return version === null
      ? { code: 404, body: null, at: null }
      : { code: 200, body: { metadata }, at: null };
  };
  const connection = { send, intentOf: (intent: object) => ({ ...intent, cluster: 'east' }) };
  return { connection: freshReads(connection as unknown as ApiConnection), paths };
}

const get = (path: string): ApiCall => ({
  method: 'GET',
  path,
  intent: { verb: 'get', target: 'ConfigMap default/a' },
  repeatable: true,
});
const patch = (path: string): ApiCall => ({ ...get(path), method: 'PATCH', permit });

test('an object older than our write is asked for once more, with the least version', async () => {
  const { connection, paths } = scripted([7, 5, 7]);
  await connection.send(patch(`${MAPS}/a?force=false`));
  expect((await connection.send(get(`${MAPS}/a`))).body).toMatchObject({
    metadata: { resourceVersion: '7' },
  });
  expect(paths.slice(1)).toEqual([`${MAPS}/a`, `${MAPS}/a?resourceVersion=7`]);
});

test.each([MAPS, '/api/v1/configmaps'])(
  'a list of %s older than a write into it is too',
  async (path) => {
    const { connection, paths } = scripted([7, 5, 8]);
    await connection.send(patch(`${MAPS}/a?force=false`));
    await connection.send(get(`${path}?limit=500`));
    expect(paths[2]).toBe(`${path}?limit=500&resourceVersion=7&resourceVersionMatch=NotOlderThan`);
  },
);

test('versions are compared as numbers, and what was not written is not asked for twice', async () => {
  const { connection, paths } = scripted([9, 10, 1, null]);
  await connection.send(patch(`${MAPS}/a?force=false`));
  await connection.send(get(`${MAPS}/a`));
  await connection.send(get(`${MAPS}/b`));
  await connection.send(get(`${MAPS}/c`));
  expect(paths).toHaveLength(4);
});

test('a dry run writes nothing', async () => {
  const { connection, paths } = scripted([9, 5]);
  await connection.send(patch(`${MAPS}/a?force=false&dryRun=All`));
  await connection.send(get(`${MAPS}/a`));
  expect(paths).toHaveLength(2);
});

test('what we deleted ourselves is gone without a second look', async () => {
  const { connection, paths } = scripted([9, 10, null]);
  await connection.send(patch(`${MAPS}/a?force=false`));
  await connection.send({ ...get(`${MAPS}/a`), method: 'DELETE', permit });
  await connection.send(get(`${MAPS}/a`));
  expect(paths).toHaveLength(3);
});

test('an API server that counts from an older version is not believed once, then it is', async () => {
  const { connection, paths } = scripted([900, 5, 5, 6]);
  await connection.send(patch(`${MAPS}/a?force=false`));
  const failure = await failureOf(connection.send(get(`${MAPS}/a`)));
  expect([failure.type, failure.message]).toEqual([
    'ApiUnavailable',
    'east: cannot get ConfigMap default/a: the answer is older than version 900, which was written before',
  ]);
  expect((await connection.send(get(`${MAPS}/a`))).body).toMatchObject({
    metadata: { resourceVersion: '6' },
  });
  expect(paths).toHaveLength(4);
});
