import { hostOfServer, isLoopbackServer } from './api-server.ts';
import { LONGEST_DURATION_MS, parseDuration } from './duration.ts';

/** What is wrong with a text, and the cure; null when nothing is. */
export type TextFault = { message: string; cure: string } | null;

/** Form of a DNS-1123 label. */
export const LABEL_PATTERN = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';
/** Form of the name of a mesh: a label that does not end as the workflows of another mesh do. */
export const MESH_NAME_PATTERN = `^(?!.*-(plan|sync|verify)$)${LABEL_PATTERN.slice(1)}`;
/** Form of an Istio release: all three numbers, and a suffix where there is one. */
export const VERSION_PATTERN = '^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$';
/** Form of a Kubernetes label value that is not empty. */
export const LABEL_VALUE_PATTERN = '^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
/** Form of an API server's address. */
export const API_SERVER_PATTERN = '^https://(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+)(:\\d{1,5})?/?$';

/** Longest name of a Service: it is a DNS-1123 label. */
export const SERVICE_NAME_LIMIT = 63;
/** Longest revision: `istiod-<revision>` is the name of a Service. */
const REVISION_LIMIT = SERVICE_NAME_LIMIT - 'istiod-'.length;
/** What the name of a mesh may not end with: `mesh-prod-sync` is an operation of mesh prod, and would be one of a mesh prod-sync too. */
const OPERATION_ENDING = /-(?:plan|sync|verify)$/;

/** Checks a DNS-1123 label. */
export function checkLabel(text: string): TextFault {
  if (new RegExp(LABEL_PATTERN).test(text)) return null;
  const near = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return {
    message: `${quote(text)} is not a DNS-1123 label`,
    cure: `use lower-case letters, digits and "-" between them, 63 characters at most${near === '' ? '' : `, e.g. ${quote(near)}`}`,
  };
}

/** Checks the name of a mesh. */
export function checkMeshName(text: string): TextFault {
  const fault = checkLabel(text);
  if (fault !== null) return fault;
  const ending = OPERATION_ENDING.exec(text)?.[0];
  if (ending === undefined) return null;
  const other = text.slice(0, -ending.length);
  return {
    message: `${quote(text)} ends with ${quote(ending)}, and the workflow mesh-${text} belongs to a mesh ${quote(other)}`,
    cure: `choose another ending, e.g. ${quote(`${other}-mesh`)}`,
  };
}

/** Checks a control plane revision. */
export function checkRevision(text: string): TextFault {
  if (text === 'default') {
    return {
      message: '"default" names the revision that is used when none is named',
      cure: 'leave revision out',
    };
  }
  const fault = checkLabel(text);
  if (fault !== null) return fault;
  if (text.length <= REVISION_LIMIT) return null;
  return {
    message: `the revision has ${text.length} characters`,
    cure: `use ${REVISION_LIMIT} at most: istiod-<revision> is the name of a Service`,
  };
}

/** Checks the version of an Istio release. */
export function checkVersion(text: string): TextFault {
  if (new RegExp(VERSION_PATTERN).test(text)) return null;
  const bare = /^v?(\d+\.\d+(?:\.\d+.*)?)$/.exec(text)?.[1];
  if (bare === undefined || /^\d+\.\d+$/.test(bare)) {
    return {
      message: `${quote(text)} is not the version of an Istio release`,
      cure: `name major, minor and patch, e.g. ${quote(bare === undefined ? '1.30.4' : `${bare}.0`)}`,
    };
  }
  return {
    message: `${quote(text)} is not the version of an Istio release`,
    cure: `write it without the v: ${quote(bare)}`,
  };
}

/** Checks `meshID`: Istio puts it into labels. */
export function checkMeshId(text: string): TextFault {
  if (new RegExp(LABEL_VALUE_PATTERN).test(text)) return null;
  return {
    message: `${quote(text)} cannot be the value of a Kubernetes label`,
    cure: 'use letters, digits, "-", "_" and ".", starting and ending with a letter or digit, 63 characters at most',
  };
}

/** Checks a SPIFFE trust domain as Istio does: DNS-1123 labels with dots between them. */
export function checkTrustDomain(text: string): TextFault {
  const labels = text.split('.');
  if (text.length <= 253 && labels.every((label) => checkLabel(label) === null)) return null;
  const bare = /^spiffe:\/\/([^/]+)/.exec(text)?.[1];
  return {
    message: `${quote(text)} is not a trust domain`,
    cure:
      bare === undefined
        ? 'use DNS labels in lower case with dots between them, e.g. "cluster.local"'
        : `write it without spiffe://: ${quote(bare)}`,
  };
}

/** Checks an API server's address as other clusters dial it. */
export function checkApiServer(text: string): TextFault {
  const cure =
    'write https://host:port as pods of the other clusters reach it, e.g. https://172.18.0.3:6443';
  if (/^http:\/\//i.test(text)) return { message: `${quote(text)} is not encrypted`, cure };
  // What stands before the @ may be a password, so it is not repeated.
  if (/^https:\/\/[^/]*@/.test(text)) return { message: 'the address holds credentials', cure };
  if (/^https:\/\/[^/]+\/?[^/]*[?#]/.test(text))
    return { message: 'the address holds a query or fragment', cure };
  if (/^https:\/\/[^/]+\/./.test(text)) return { message: `${quote(text)} holds a path`, cure };
  if (isLoopbackServer(text)) {
    return {
      message: `${quote(text)} is a loopback address, which means another machine in every cluster`,
      cure,
    };
  }
  const host = hostOfServer(text);
  const port = /:(\d+)\/?$/.exec(text.replace(/\[[^\]]*\]/, ''))?.[1];
  if (!new RegExp(API_SERVER_PATTERN).test(text) || host === null || !isHost(host)) {
    return { message: `${quote(text)} is not the address of an API server`, cure };
  }
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    return { message: `${port} is not a port`, cure };
  }
  return null;
}

/** A host name, an IPv4 address in its usual form, or an IPv6 address; a name whose last label is a number is neither. */
function isHost(host: string): boolean {
  if (host.includes(':')) return /^[0-9a-f:.]{2,}$/.test(host);
  const labels = host.replace(/\.$/, '').split('.');
  if (!/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? ''))
    return labels.every((label) => checkLabel(label) === null);
  return (
    labels.length === 4 &&
    labels.every((label) => /^(?:0|[1-9]\d{0,2})$/.test(label) && Number(label) < 256)
  );
}

/** Checks an image registry, e.g. `docker.io/istio`. */
export function checkHub(text: string): TextFault {
  if (/^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(text))
    return null;
  return {
    message: `${quote(text)} is not an image registry`,
    cure: 'write host[:port][/path] without scheme, tag or slash at the end, e.g. "docker.io/istio"',
  };
}

/** Checks an image tag. */
export function checkTag(text: string): TextFault {
  if (/^\w[\w.-]{0,127}$/.test(text)) return null;
  return {
    message: `${quote(text)} is not an image tag`,
    cure: 'use letters, digits, "_", "." and "-", 128 characters at most',
  };
}

/** Checks an image reference as far as its characters go. */
export function checkImage(text: string): TextFault {
  if (/^[\w][\w.:/@-]*$/.test(text) && text.length <= 512 && !text.includes('://')) return null;
  return {
    message: `${quote(text)} is not an image`,
    cure: 'write registry/name:tag, e.g. "busybox:1.37"',
  };
}

/** Checks the name of a kubeconfig context: any text on one line. */
export function checkContext(text: string): TextFault {
  if (text.trim() !== '' && text.length <= 512 && !/[\u0000-\u001f\u007f]/.test(text)) return null;
  return {
    message: `${quote(text)} is not the name of a context`,
    cure: 'name a context of the worker’s kubeconfig; kubectl config get-contexts lists them',
  };
}

/** Checks a duration and its bounds. */
export function checkDuration(text: string): TextFault {
  const cure = 'write hours, minutes and seconds, e.g. "90s", "10m" or "1h30m"';
  const milliseconds = parseDuration(text);
  if (milliseconds === null) return { message: `${quote(text)} is not a duration`, cure };
  if (milliseconds === 0)
    return { message: `${quote(text)} is no time at all`, cure: 'write at least "1s"' };
  if (milliseconds <= LONGEST_DURATION_MS) return null;
  return { message: `${quote(text)} is longer than seven days`, cure: 'write at most "168h"' };
}

/** Quotes a value for a message, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
