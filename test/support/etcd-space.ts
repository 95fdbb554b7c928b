import { randomBytes } from 'node:crypto';
import { type Dispatcher, request } from 'undici';

/** A key of nobody: outside of what an API server stores, so its objects stay as they are. */
const KEY = Buffer.from('/filler').toString('base64');
/** Bytes of one value; etcd takes no request above 1.5 MiB. */
const VALUE_BYTES = 1024 * 1024;
/** What etcd's own client says too when the quota is used up. */
const FULL = 'etcdserver: mvcc: database space exceeded';

async function ask(etcd: string, path: string, body: object): Promise<Dispatcher.ResponseData> {
  return request(`${etcd}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
}

async function answered<T>(etcd: string, path: string, body: object): Promise<T> {
  const answer = await ask(etcd, path, body);
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`etcd: ${path}: ${answer.statusCode} ${text}`);
  return JSON.parse(text) as T;
}

/** Writes one key again and again, whose history etcd keeps, until it raises its alarm NOSPACE. */
export async function fillEtcd(etcd: string): Promise<void> {
  const value = randomBytes(VALUE_BYTES).toString('base64');
  for (;;) {
    const answer = await ask(etcd, 'kv/put', { key: KEY, value });
    const text = await answer.body.text();
    if (text.includes(FULL)) return;
    if (answer.statusCode !== 200) throw new Error(`etcd: ${answer.statusCode} ${text}`);
  }
}

/** What a person does about a full etcd: compacts its history, gives the space back (defragment), and disarms its alarms. */
export async function relieveEtcd(etcd: string): Promise<void> {
  const { header } = await answered<{ header: { revision: string } }>(etcd, 'kv/range', {
    key: KEY,
    keys_only: true,
  });
  await answered(etcd, 'kv/compaction', { revision: header.revision, physical: true });
  await answered(etcd, 'maintenance/defragment', {});
  const { alarms = [] } = await answered<{ alarms?: { memberID: string; alarm: string }[] }>(
    etcd,
    'maintenance/alarm',
    { action: 'GET' },
  );
  // Without its member an alarm stays, and the answer is 200 all the same.
  for (const alarm of alarms)
    await answered(etcd, 'maintenance/alarm', { action: 'DEACTIVATE', ...alarm });
}
