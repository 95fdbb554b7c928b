import { Agent, request } from 'undici';
import type { KubeApiServer } from './kube-api-server.ts';

/** Writes to a test's API server as its administrator, past our adapters: what controllers and istiod do in real clusters. */
export async function sendToKube(
  kube: KubeApiServer,
  method: 'PUT' | 'PATCH',
  path: string,
  body: object,
): Promise<void> {
  const dispatcher = new Agent({ connect: { ca: kube.caPem } });
  try {
    const answer = await request(`${kube.server}${path}`, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${kube.adminToken}`,
        'content-type': method === 'PUT' ? 'application/json' : 'application/merge-patch+json',
      },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  } finally {
    await dispatcher.destroy();
  }
}
