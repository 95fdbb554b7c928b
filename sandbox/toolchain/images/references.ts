import type { ImagePartName } from '../parts.ts';
import {
  APP_VERSION,
  BOOKINFO_VERSION,
  COREDNS_VERSION,
  ISTIO_VERSION,
  PAUSE_VERSION,
} from '../versions.ts';

/** The hub of every image of the sandbox; no registry answers to this name. */
export const SANDBOX_HUB = 'meshwright.local';

/** What pods call each image. */
export const IMAGE_REFERENCES: Readonly<Record<ImagePartName, string>> = {
  'pause-image': `${SANDBOX_HUB}/pause:${PAUSE_VERSION}`,
  'coredns-image': `${SANDBOX_HUB}/coredns:${COREDNS_VERSION}`,
  'pilot-image': `${SANDBOX_HUB}/pilot:${ISTIO_VERSION}`,
  'proxyv2-image': `${SANDBOX_HUB}/proxyv2:${ISTIO_VERSION}`,
  'app-image': `${SANDBOX_HUB}/app:${APP_VERSION}`,
  'bookinfo-image': `${SANDBOX_HUB}/bookinfo:${BOOKINFO_VERSION}`,
};
