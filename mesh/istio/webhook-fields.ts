import type { KubernetesObject } from '../kubernetes-object.ts';

type Webhook = { name: string; failurePolicy?: string; clientConfig?: { caBundle?: string } };
type WebhookConfiguration = KubernetesObject & { webhooks?: Webhook[] };

/** Whether an object configures admission webhooks. */
export function isWebhookConfiguration(object: KubernetesObject): boolean {
  return (
    object.kind === 'ValidatingWebhookConfiguration' ||
    object.kind === 'MutatingWebhookConfiguration'
  );
}

/**
 * Takes out of a webhook configuration what istiod writes itself: the CA bundle always (unless the user's values set one), the failure
 * policy as soon as istiod has raised it from Ignore to Fail. A first apply keeps the rendered policy, or the API server would default to Fail.
 */
export function withoutIstiodWrites(
  wanted: KubernetesObject,
  live: KubernetesObject | null,
): KubernetesObject {
  const liveWebhooks = (live as WebhookConfiguration | null)?.webhooks ?? [];
  const webhooks = ((wanted as WebhookConfiguration).webhooks ?? []).map((webhook) => {
    const { failurePolicy, clientConfig, ...rest } = webhook;
    const { caBundle, ...client } = clientConfig ?? {};
    const current = liveWebhooks.find((candidate) => candidate.name === webhook.name);
    const keepPolicy =
      failurePolicy !== undefined &&
      (current === undefined || current.failurePolicy === failurePolicy);
    return {
      ...rest,
      clientConfig: {
        ...client,
        ...(caBundle === undefined || caBundle === '' ? {} : { caBundle }),
      },
      ...(keepPolicy ? { failurePolicy } : {}),
    };
  });
  return { ...wanted, webhooks };
}

/** The CA bundles (base64 of PEM) of a webhook configuration, one for each webhook; empty text where istiod has not written it yet. */
export function caBundlesBase64(configuration: KubernetesObject): string[] {
  return ((configuration as WebhookConfiguration).webhooks ?? []).map(
    (webhook) => webhook.clientConfig?.caBundle ?? '',
  );
}
