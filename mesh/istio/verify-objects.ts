import type { KubernetesObject } from '../kubernetes-object.ts';
import {
  INJECTION_LABEL,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MESH_LABEL,
  REVISION_LABEL,
} from './istio-names.ts';

/** Label that ties a verification's namespace to the run that made it, in whichever attempt. */
export const VERIFY_RUN_LABEL = 'meshwright.dev/verify-run';
/** Service that every cluster answers under the same name. */
export const ECHO_SERVICE = 'echo';
/** Pod that sends the requests. */
export const CLIENT_POD = 'client';
/** Pod that answers with its cluster's name. */
export const ECHO_POD = 'echo';
/** Container in either pod. */
export const VERIFY_CONTAINER = 'app';

/** Port of the echo's Service. */
export const ECHO_PORT = 80;
const ECHO_CONTAINER_PORT = 8080;

/** What a verification's objects depend on. */
export type VerifyWorkload = {
  /** Namespace of the verification, the same in every cluster. */
  namespace: string;
  /** Cluster they are for; its name is what the echo pod answers. */
  cluster: string;
  /** Image with `sh`, `httpd` and `wget` of busybox. */
  image: string;
};

/** The namespace of a verification, with injection on. */
export function verifyNamespace(
  name: string,
  mesh: string,
  revision: string | null,
  run: string,
): KubernetesObject {
  const injection =
    revision === null ? { [INJECTION_LABEL]: 'enabled' } : { [REVISION_LABEL]: revision };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: {
        ...injection,
        [MANAGED_BY_LABEL]: MANAGED_BY,
        [MESH_LABEL]: mesh,
        [VERIFY_RUN_LABEL]: run,
      },
    },
  };
}

function pod(
  workload: VerifyWorkload,
  name: string,
  labels: { [key: string]: string },
  script: string,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: workload.namespace, labels: { app: name, ...labels } },
    spec: {
      serviceAccountName: VERIFY_CONTAINER,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: VERIFY_CONTAINER,
          image: workload.image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', script],
          volumeMounts: [{ name: 'www', mountPath: '/www' }],
        },
      ],
      volumes: [{ name: 'www', emptyDir: {} }],
    },
  };
}

/** Account, Service and pods of a verification in one cluster. Pods of their own, because nothing shall bring them back. */
export function verifyWorkloads(workload: VerifyWorkload): KubernetesObject[] {
  const { namespace, cluster } = workload;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: VERIFY_CONTAINER, namespace } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: ECHO_SERVICE, namespace },
      spec: {
        selector: { app: ECHO_POD },
        ports: [
          { name: 'http', port: ECHO_PORT, protocol: 'TCP', targetPort: ECHO_CONTAINER_PORT },
        ],
      },
    },
    pod(
      workload,
      ECHO_POD,
      { version: cluster },
      `echo ${cluster} > /www/index.html && exec httpd -f -p ${ECHO_CONTAINER_PORT} -h /www`,
    ),
    pod(workload, CLIENT_POD, {}, 'while :; do sleep 5; done'),
  ];
}

/** Where the echo is reached that all clusters of a mesh share. */
export function echoUrl(namespace: string): string {
  return `http://${ECHO_SERVICE}.${namespace}/`;
}

/**
 * The command that sends requests to an echo side by side, so that hanging ones cost their 3 s once, and prints one line for each:
 * the exit code and what wget printed.
 */
export function requestCommand(url: string, requests: number): string[] {
  // Not wget's own -T: busybox 1.35, as Debian ships it, dies of it with a segmentation fault.
  const request = `o=$(timeout 3 wget -q -O - ${url} 2>&1); c=$?; [ $c -gt 123 ] && o='wget: no answer within 3 s'; echo "$c $o"`;
  const script = `i=0; while [ $i -lt ${requests} ]; do ( ${request} ) & i=$((i+1)); done; wait`;
  return ['sh', '-c', script];
}
