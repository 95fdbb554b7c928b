import { describe, expect, test } from '@jest/globals';
import { problemsAfter, refused } from '../../../support/refused-mesh-file.ts';
import type { RefusedChange } from '../../../support/refused-mesh-file.ts';

const LABEL = 'use lower-case letters, digits and "-" between them, 63 characters at most';
const SERVER =
  'write https://host:port as pods of the other clusters reach it, e.g. https://172.18.0.3:6443';
const LONG = 'x'.repeat(64);
const server = (url: string): [string, string] => [
  'apiServer: https://172.18.0.3:6443',
  `apiServer: ${url}`,
];

const CASES: RefusedChange[] = [
  // Names and other single fields
  refused(
    'a mesh name that is no label',
    'name: mesh1',
    'name: Prod_EU',
    `4:9  metadata.name: "Prod_EU" is not a DNS-1123 label; ${LABEL}, e.g. "prod-eu"`,
  ),
  refused(
    'a mesh name of 64 characters',
    'name: mesh1',
    `name: ${LONG}`,
    `4:9  metadata.name: "${LONG}" is not a DNS-1123 label; ${LABEL}, e.g. "${LONG.slice(1)}"`,
  ),
  refused(
    'a mesh named as an operation of another mesh',
    'name: mesh1',
    'name: prod-sync',
    '4:9  metadata.name: "prod-sync" ends with "-sync", and the workflow mesh-prod-sync belongs to a mesh "prod"; choose another ending, e.g. "prod-mesh"',
  ),
  refused(
    'a cluster name that is no label',
    'name: cluster2',
    'name: cluster.2',
    `23:13  clusters[1].name: "cluster.2" is not a DNS-1123 label; ${LABEL}, e.g. "cluster-2"`,
  ),
  refused(
    'a network name that is no label',
    'network2: {gateways',
    'Network2: {gateways',
    `17:5  networks.Network2: "Network2" is not a DNS-1123 label; ${LABEL}, e.g. "network2"`,
    '17:5  networks.Network2: no cluster is on this network; remove it, or name it as the network of a cluster',
    '26:16  clusters[1].network: there is no network "network2" in networks; did you mean "Network2"?',
  ),
  refused(
    'the reserved cluster name',
    'name: cluster2',
    'name: mesh',
    '23:13  clusters[1].name: "mesh" is reserved: mesh/… are the steps of the whole mesh; give the cluster another name',
  ),
  refused(
    'a meshID that cannot be a label',
    'meshID: mesh1',
    'meshID: a/b',
    '6:11  meshID: "a/b" cannot be the value of a Kubernetes label; use letters, digits, "-", "_" and ".", starting and ending with a letter or digit, 63 characters at most',
  ),
  refused(
    'a trust domain with a scheme',
    'cluster.local',
    'spiffe://prod.example',
    '7:16  trustDomain: "spiffe://prod.example" is not a trust domain; write it without spiffe://: "prod.example"',
  ),
  refused(
    'a trust domain with a space',
    'cluster.local',
    'my mesh',
    '7:16  trustDomain: "my mesh" is not a trust domain; use DNS labels in lower case with dots between them, e.g. "cluster.local"',
  ),
  refused(
    'a version without patch',
    '"1.30.4"',
    '"1.30"',
    '9:14  istio.version: "1.30" is not the version of an Istio release; name major, minor and patch, e.g. "1.30.0"',
  ),
  refused(
    'a version with a v',
    '"1.30.4"',
    'v1.30.4',
    '9:14  istio.version: "v1.30.4" is not the version of an Istio release; write it without the v: "1.30.4"',
  ),
  refused(
    'a version that is a word',
    '"1.30.4"',
    'latest',
    '9:14  istio.version: "latest" is not the version of an Istio release; name major, minor and patch, e.g. "1.30.4"',
  ),
  refused(
    'the revision default',
    'revision: canary',
    'revision: default',
    '10:15  istio.revision: "default" names the revision that is used when none is named; leave revision out',
  ),
  refused(
    'a revision with dots',
    'revision: canary',
    'revision: 1.30.4',
    `10:15  istio.revision: "1.30.4" is not a DNS-1123 label; ${LABEL}, e.g. "1-30-4"`,
  ),
  refused(
    'a revision too long for a Service',
    'revision: canary',
    `revision: ${'r'.repeat(57)}`,
    '10:15  istio.revision: the revision has 57 characters; use 56 at most: istiod-<revision> is the name of a Service',
  ),
  refused(
    'a registry with a scheme',
    'revision: canary',
    'hub: https://docker.io/istio',
    '10:10  istio.hub: "https://docker.io/istio" is not an image registry; write host[:port][/path] without scheme, tag or slash at the end, e.g. "docker.io/istio"',
  ),
  refused(
    'a tag with a colon',
    'revision: canary',
    'tag: "istio:1"',
    '10:10  istio.tag: "istio:1" is not an image tag; use letters, digits, "_", "." and "-", 128 characters at most',
  ),
  refused(
    'an image with a space',
    'busybox:1.37',
    'busy box',
    '30:19  verify.image: "busy box" is not an image; write registry/name:tag, e.g. "busybox:1.37"',
  ),
  refused(
    'an empty context',
    'context: kind-cluster1',
    'context: ""',
    '20:16  clusters[0].context: "" is not the name of a context; name a context of the worker’s kubeconfig; kubectl config get-contexts lists them',
  ),
  refused(
    'a duration without a unit',
    'gatewayAddress: 10m',
    'gatewayAddress: 600',
    '29:30  timeouts.gatewayAddress: 600 is a number, and text is expected; write it with its unit, e.g. 600s',
  ),
  refused(
    'a duration in days',
    'gatewayAddress: 10m',
    'gatewayAddress: 1d',
    '29:30  timeouts.gatewayAddress: "1d" is not a duration; write hours, minutes and seconds, e.g. "90s", "10m" or "1h30m"',
  ),
  refused(
    'a duration of nothing',
    'gatewayAddress: 10m',
    'gatewayAddress: 0s',
    '29:30  timeouts.gatewayAddress: "0s" is no time at all; write at least "1s"',
  ),
  refused(
    'a duration beyond seven days',
    'gatewayAddress: 10m',
    'gatewayAddress: 168h1s',
    '29:30  timeouts.gatewayAddress: "168h1s" is longer than seven days; write at most "168h"',
  ),

  // API servers
  ...[
    '127.0.0.1:6443',
    '127.8.9.1',
    'localhost:6443',
    'api.localhost',
    '[::1]:6443',
    '0.0.0.0:6443',
    '[::]:6443',
    '[::ffff:127.0.0.1]:6443',
    '[0:0:0:0:0:0:0:1]',
  ].map((host) =>
    refused(
      `an API server at ${host}`,
      ...server(`https://${host}`),
      `25:18  clusters[1].apiServer: "https://${host}" is a loopback address, which means another machine in every cluster; ${SERVER}`,
    ),
  ),
  refused(
    'an API server without TLS',
    ...server('http://172.18.0.3:6443'),
    `25:18  clusters[1].apiServer: "http://172.18.0.3:6443" is not encrypted; ${SERVER}`,
  ),
  refused(
    'an API server with credentials, which are not repeated',
    ...server('https://admin:hunter2@172.18.0.3'),
    `25:18  clusters[1].apiServer: the address holds credentials; ${SERVER}`,
  ),
  refused(
    'an API server with a path',
    ...server('https://rancher.example/k8s/c-1'),
    `25:18  clusters[1].apiServer: "https://rancher.example/k8s/c-1" holds a path; ${SERVER}`,
  ),
  refused(
    'an API server with a query',
    ...server('https://api.example?token=x'),
    `25:18  clusters[1].apiServer: the address holds a query or fragment; ${SERVER}`,
  ),
  refused(
    'an API server that is only a host',
    ...server('172.18.0.3'),
    `25:18  clusters[1].apiServer: "172.18.0.3" is not the address of an API server; ${SERVER}`,
  ),
  refused(
    'an API server that is half an address',
    ...server('https://172.18.3:6443'),
    `25:18  clusters[1].apiServer: "https://172.18.3:6443" is not the address of an API server; ${SERVER}`,
  ),
  refused(
    'an API server with an impossible port',
    ...server('https://172.18.0.3:70000'),
    `25:18  clusters[1].apiServer: 70000 is not a port; ${SERVER}`,
  ),
];

describe('a mesh file is refused for a field:', () => {
  test.each(CASES)('$fact', (change) => {
    expect(problemsAfter(change)).toEqual(change.says);
  });
});
