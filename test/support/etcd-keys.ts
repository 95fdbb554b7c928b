import { request } from 'undici';

/** Everything that an API server stores. */
const ALL = { key: base64('/registry/'), range_end: base64('/registry0') };

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function ask(etcd: string, what: string, body: object): Promise<unknown> {
  const answer = await request(`${etcd}/v3/kv/${what}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`etcd: ${answer.statusCode} ${text}`);
  return JSON.parse(text);
}

/** Keys of all objects that an etcd holds, as etcd's JSON has them. */
export async function etcdKeys(etcd: string): Promise<Set<string>> {
  const { kvs = [] } = (await ask(etcd, 'range', { ...ALL, keys_only: true })) as {
    kvs?: { key: string }[];
  };
  return new Set(kvs.map(({ key }) => key));
}

/** Removes every object but those of `kept`, without finalizers and controllers: an API server is as it was, in milliseconds. */
export async function keepEtcdKeys(etcd: string, kept: Set<string>): Promise<void> {
  const keys = [...(await etcdKeys(etcd))].filter((key) => !kept.has(key));
  for (const key of keys) await ask(etcd, 'deleterange', { key });
}
