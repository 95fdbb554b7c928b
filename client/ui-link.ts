/** Where a workflow run lies in Temporal's web UI. */
export type UiPlace = {
  /** `host:port` of Temporal. */
  address: string;
  /** Namespace. */
  namespace: string;
  /** MESHWRIGHT_UI_URL; null takes the place where the UI usually is. */
  uiUrl: string | null;
};

/** UI of the dev server and of docker-compose. */
const LOCAL_UI = 'http://localhost:8233';
/** UI of every namespace of Temporal Cloud, whose addresses end in `.tmprl.cloud:7233`. */
const CLOUD_UI = 'https://cloud.temporal.io';

/** Links to the timeline of a run. Ids of ours hold no `/`, which would break the link. */
export function uiLink(place: UiPlace, workflowId: string, runId: string): string {
  const base = place.uiUrl ?? (/\.tmprl\.cloud:\d+$/.test(place.address) ? CLOUD_UI : LOCAL_UI);
  const path = [place.namespace, 'workflows', workflowId, runId].map(encodeURIComponent).join('/');
  return `${base}/namespaces/${path}/timeline`;
}
