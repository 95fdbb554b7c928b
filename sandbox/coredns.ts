import type { KubeClient, KubeObject } from './kube-client.ts';

/** What CoreDNS needs to know of its cluster. */
export interface CorednsSettings {
  /** Reference of its image. */
  readonly image: string;
  /** Cluster address of Service `kube-dns`. */
  readonly dnsAddress: string;
}

const name = 'coredns';
const namespace = 'kube-system';

/** Applies CoreDNS with its Service and permissions, server-side. */
export async function applyCoredns(client: KubeClient, settings: CorednsSettings): Promise<void> {
  for (const { path, object } of corednsObjects(settings)) {
    const query = '?fieldManager=sandbox&force=true';
    await client.send('PATCH', `${path}${query}`, object, 'application/apply-patch+yaml');
  }
}

const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    forward . /etc/resolv.conf
    cache 30
    reload
    loadbalance
}
`;

/** The objects CoreDNS consists of, with their API paths, in the order of their application. */
export function corednsObjects(settings: CorednsSettings): { path: string; object: KubeObject }[] {
  const labels = { 'k8s-app': 'kube-dns' };
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const core = `/api/v1/namespaces/${namespace}`;
  const roleName = 'system:coredns';
  const make = (
    path: string,
    apiVersion: string,
    kind: string,
    objectName: string,
    rest: KubeObject,
  ) => ({
    path: `${path}/${objectName}`,
    object: {
      apiVersion,
      kind,
      metadata: { name: objectName, ...(path.startsWith(rbac) ? {} : { namespace }), labels },
      ...rest,
    },
  });
  const read = (apiGroups: string[], resources: string[]) => ({
    apiGroups,
    resources,
    verbs: ['list', 'watch'],
  });
  return [
    make(`${core}/serviceaccounts`, 'v1', 'ServiceAccount', name, {}),
    make(`${rbac}/clusterroles`, 'rbac.authorization.k8s.io/v1', 'ClusterRole', roleName, {
      rules: [
        read([''], ['endpoints', 'services', 'pods', 'namespaces']),
        read(['discovery.k8s.io'], ['endpointslices']),
      ],
    }),
    make(
      `${rbac}/clusterrolebindings`,
      'rbac.authorization.k8s.io/v1',
      'ClusterRoleBinding',
      roleName,
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    ),
    make(`${core}/configmaps`, 'v1', 'ConfigMap', name, { data: { Corefile: corefile } }),
    make(`${core}/services`, 'v1', 'Service', 'kube-dns', {
      spec: {
        clusterIP: settings.dnsAddress,
        selector: labels,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    }),
    make(`/apis/apps/v1/namespaces/${namespace}/deployments`, 'apps/v1', 'Deployment', name, {
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(settings.image) },
      },
    }),
  ];
}

function podSpec(image: string): KubeObject {
  return {
    serviceAccountName: name,
    priorityClassName: 'system-cluster-critical',
    dnsPolicy: 'Default',
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name,
        image,
        imagePullPolicy: 'Never',
        args: ['-conf', '/etc/coredns/Corefile'],
        resources: { requests: { cpu: '10m', memory: '40Mi' } },
        ports: [
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
          { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
        ],
        readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
        volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name } }],
  };
}
