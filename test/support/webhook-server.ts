import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestCa } from './test-ca.ts';

/** An admission webhook of a third party: `/deny` refuses everything, `/silent` never answers. */
export type WebhookServer = {
  /** `https://127.0.0.1:port`, under the CA it was started with. */
  server: string;
  /** Closes it. */
  stop(): Promise<void>;
};

/** Starts the webhook on a free port of 127.0.0.1. */
export async function startWebhookServer(ca: TestCa): Promise<WebhookServer> {
  const { certPem, keyPem } = await ca.issue({ commonName: 'webhook', ip: '127.0.0.1' });
  const server = createServer({ cert: certPem, key: keyPem }, (incoming, answer) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (part: string) => (text += part));
    incoming.on('end', () => {
      if (incoming.url?.startsWith('/silent') === true) return;
      const { request } = JSON.parse(text) as { request: { uid: string } };
      answer.setHeader('content-type', 'application/json');
      answer.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: {
            uid: request.uid,
            allowed: false,
            status: { code: 403, message: 'not on a friday' },
          },
        }),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
