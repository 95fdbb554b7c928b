import { describe, expect, test } from '@jest/globals';
import { parseMeshFile } from '../../../../mesh/spec/parse-mesh-file.ts';
import { formatSpecProblem } from '../../../../mesh/spec/spec-problem.ts';

/** A valid file; every case below changes one thing in it. */
const VALID = `apiVersion: meshwright.dev/v1alpha1
kind: Mesh
metadata:
  name: mesh1
spec:
  meshID: mesh1
  trustDomain: cluster.local
  istio:
    version: "1.30.4"
    revision: canary
    values: {}
    meshConfig: {}
    resources: []
  trust: {source: generated}
  networks:
    network1: {gateways: discovered}
    network2: {gateways: discovered}
  clusters:
    - name: cluster1
      context: kind-cluster1
      network: network1
      controlPlane: primary
    - name: cluster2
      context: kind-cluster2
      apiServer: https://172.18.0.3:6443
      network: network2
      controlPlane: {remote: cluster1}
      values: {}
  timeouts: {gatewayAddress: 10m}
  verify: {image: "busybox:1.37", requests: 20}
`;

/** What is changed, and the whole of what is said: `line:column  field: what; cure`. */
type Case = { fact: string; from: string; to: string; says: string[] };

function refused(fact: string, from: string, to: string, ...says: string[]): Case {
  return { fact, from, to, says };
}

const LABEL = 'use lower-case letters, digits and "-" between them, 63 characters at most';
const SERVER = 'write https://host:port as pods of the other clusters reach it, e.g. https://172.18.0.3:6443';
const FOLLOWS = 'cannot be set here: it follows from controlPlane; remove it; clusters[].controlPlane says who is served by whom';
const LONG = 'x'.repeat(64);
const server = (url: string): [string, string] => ['apiServer: https://172.18.0.3:6443', `apiServer: ${url}`];
const values = (text: string): [string, string] => ['values: {}\n    meshConfig', `values: ${text}\n    meshConfig`];
const resource = (text: string): [string, string] => ['resources: []', `resources:\n      - ${text}`];
const remoteCluster = 'controlPlane: {remote: cluster1}';

const CASES: Case[] = [
  // Keys
  refused('a misspelt key', 'context: kind-cluster1', 'contxt: kind-cluster1', '20:7  clusters[0].contxt: unknown key; did you mean "context"?'),
  refused('a key in another case', 'meshID:', 'meshId:', '6:3  meshId: unknown key; did you mean "meshID"?'),
  refused('a key near no other', '  meshID: mesh1', '  flavour: mild', '6:3  flavour: unknown key; remove it; the keys here are meshID, trustDomain, istio, trust, networks, clusters, timeouts, verify'),
  refused('an unknown key at the top', 'kind: Mesh\n', 'kind: Mesh\nstatus: {}\n', '3:1  status: unknown key; remove it; the keys here are apiVersion, kind, metadata, spec'),
  refused('a misspelt key that is required, once', 'network: network1\n', 'netwrok: network1\n', '21:7  clusters[0].netwrok: unknown key; did you mean "network"?'),
  refused('a misspelt key inside controlPlane, once', remoteCluster, 'controlPlane: {remte: cluster1}', '27:22  clusters[1].controlPlane.remte: unknown key; did you mean "remote"?'),
  refused('a missing key', '      network: network1\n', '', '19:7  clusters[0].network: is missing; add network: network1'),
  refused('a missing version', '    version: "1.30.4"\n', '', '8:3  istio.version: is missing; add version: 1.30.4'),
  refused('a missing section', '  name: mesh1\n', '', '3:1  metadata: is empty, and a map is expected; fill it in'),
  refused('an empty optional section', 'values: {}\n    meshConfig', 'values:\n    meshConfig', '11:5  istio.values: is empty, and a map is expected; remove the key or write {}'),
  refused('a key that is there twice', '  meshID: mesh1\n', '  meshID: mesh1\n  meshID: mesh1\n', '7:3  this key is there twice; keep one of the two'),

  // Types and choices
  refused('another API version', 'dev/v1alpha1', 'dev/v1', '1:13  apiVersion: "meshwright.dev/v1" is not known here; did you mean "meshwright.dev/v1alpha1"?'),
  refused('another kind', 'kind: Mesh', 'kind: mesh', '2:7  kind: "mesh" is not known here; did you mean "Mesh"?'),
  refused('a list where a map belongs', 'trust: {source: generated}', 'trust: [generated]', '14:10  trust: a list where a map is expected; write a map'),
  refused('a misspelt gateway mode', 'network1: {gateways: discovered}', 'network1: {gateways: meshNetwork}', '16:26  networks.network1.gateways: "meshNetwork" is not known here; did you mean "meshNetworks"?'),
  refused('an unknown gateway mode', 'network1: {gateways: discovered}', 'network1: {gateways: magic}', '16:26  networks.network1.gateways: "magic" is not known here; write discovered or meshNetworks'),
  refused('an unknown trust source', 'source: generated', 'source: vault', '14:19  trust.source: "vault" is not known here; write generated or existing'),
  refused('a misspelt control plane', 'controlPlane: primary', 'controlPlane: Primary', '22:21  clusters[0].controlPlane: "Primary" is not known here; did you mean "primary"?'),
  refused('a control plane that is neither word nor map', remoteCluster, 'controlPlane: [cluster1]', '27:21  clusters[1].controlPlane: a list is not known here; write primary, or {remote: CLUSTER} with the name of a primary'),
  refused('no clusters', VALID.slice(VALID.indexOf('  clusters:'), VALID.indexOf('  timeouts:')), '  clusters: []\n', '18:3  clusters: is empty; list at least one'),
  refused('no requests', 'requests: 20', 'requests: 0', '30:45  verify.requests: 0 is out of bounds; write at least 1'),
  refused('too many requests', 'requests: 20', 'requests: 1001', '30:45  verify.requests: 1001 is out of bounds; write at most 1000'),
  refused('half a request', 'requests: 20', 'requests: 2.5', '30:45  verify.requests: 2.5 where a whole number is expected; write a whole number'),

  // Scalars that YAML readers take differently
  refused('a version that is a float', '"1.30.4"', '1.30', '9:14  istio.version: 1.30 is the number 1.3 without quotes; quote it: "1.30", or write 1.3 if the number is meant'),
  refused('a tag that is a number', 'version: "1.30.4"', 'version: "1.30.4"\n    tag: 130', '10:10  istio.tag: 130 is a number, and text is expected; quote it: "130"'),
  refused('a revision that is a float', 'revision: canary', 'revision: 1.3', '10:15  istio.revision: 1.3 is a number, and text is expected; quote it: "1.3"'),
  refused('a name that is a boolean', 'revision: canary', 'revision: true', '10:15  istio.revision: true is a boolean, and text is expected; quote it: "true"'),
  refused('Norway as a network', 'network: network1', 'network: no', '21:16  clusters[0].network: no is false in YAML 1.1 and text in YAML 1.2; write false, or "no" for the text'),
  refused('yes in values', ...values('{a: yes}'), '11:17  istio.values.a: yes is true in YAML 1.1 and text in YAML 1.2; write true, or "yes" for the text'),
  refused('off in values of a cluster', '      values: {}\n  timeouts', '      values: {a: [Off]}\n  timeouts', '28:20  clusters[1].values.a[0]: Off is false in YAML 1.1 and text in YAML 1.2; write false, or "Off" for the text'),
  refused('on as a key', ...values('{on: 1}'), '11:14  istio.values.on: on is true in YAML 1.1 and text in YAML 1.2; write true, or "on" for the text'),
  refused('a leading zero', ...values('{a: 017}'), '11:17  istio.values.a: 017 is an octal number to some YAML readers and a decimal one or text to others; write the decimal number, or "017" for the text'),
  refused('an octal number', ...values('{a: 0o17}'), '11:17  istio.values.a: 0o17 is an octal number to some YAML readers and a decimal one or text to others; write the decimal number, or "0o17" for the text'),
  refused('an underscore in a number', ...values('{a: 1_000}'), '11:17  istio.values.a: 1_000 is a number in YAML 1.1 and text in YAML 1.2; write the number without "_", or "1_000" for the text'),
  refused('a number of base 60', ...values('{a: 12:30:45}'), '11:17  istio.values.a: 12:30:45 is a number of base 60 in YAML 1.1 and text in YAML 1.2; quote it: "12:30:45"'),
  refused('a date', ...values('{a: 2026-11-21}'), '11:17  istio.values.a: 2026-11-21 is a date in YAML 1.1 and text in YAML 1.2; quote it: "2026-11-21"'),
  refused('infinity', ...values('{a: .inf}'), '11:17  istio.values.a: .inf is no number that JSON can hold; write a finite number, or ".inf" for the text'),
  refused('a number beyond exactness', ...values('{a: 9007199254740993}'), '11:17  istio.values.a: 9007199254740993 is too large to be read exactly; quote it: "9007199254740993"'),
  refused('a merge key', ...values('{<<: {a: 1}}'), '11:14  istio.values."<<": merge keys are not part of YAML 1.2; write the keys out, or use an alias for the whole value'),
  refused('a prototype', ...values('{__proto__: {a: 1}}'), '11:14  istio.values.__proto__: this key cannot be used; remove it'),
  refused('a tag that makes no JSON', ...values('{a: !!binary aGk=}'), '11:26  istio.values.a: tag tag:yaml.org,2002:binary makes a value that JSON cannot hold; remove the tag'),
  refused('a tag of one’s own', ...values('{a: !secret x}'), '11:25  istio.values.a: tag !secret makes a value that JSON cannot hold; remove the tag'),

  // YAML itself
  refused('a tab as indentation', '  name: mesh1\n', '\tname: mesh1\n', '4:1  tabs cannot indent YAML; indent with spaces'),
  refused('a second document', '  trust: {source', '---\n  trust: {source', '5:1  networks: is missing; add networks:', '5:1  clusters: is missing; add clusters:', '14:1  the file holds several YAML documents; keep one mesh in a file: remove everything from the second --- on'),
  refused('an anchor that is not there', ...values('*base'), '11:13  istio.values: alias *base has no anchor before it; write the value out'),
  refused('an alias inside itself', ...values('&a {b: *a}'), '11:20  istio.values.b: alias *a contains itself; write the value out'),
  refused('more than 50 aliases', ...values(`{a: &a {}, b: [${'*a,'.repeat(51)}]}`), '11:178  istio.values.b[50]: the file has more than 50 aliases; write a smaller file'),
  refused('a text that is not closed', 'source: generated', 'source: "generated', '14:30  not valid YAML: missing closing "quote; close the quote or bracket, or put the value on the key’s line'),
  refused('a colon in unquoted text', 'trustDomain: cluster.local', 'trustDomain: a: b', '7:16  not valid YAML: nested mappings are not allowed in compact mappings; quote the value, or put the nested map on lines of its own'),

  // Names and other single fields
  refused('a mesh name that is no label', 'name: mesh1', 'name: Prod_EU', `4:9  metadata.name: "Prod_EU" is not a DNS-1123 label; ${LABEL}, e.g. "prod-eu"`),
  refused('a mesh name of 64 characters', 'name: mesh1', `name: ${LONG}`, `4:9  metadata.name: "${LONG}" is not a DNS-1123 label; ${LABEL}, e.g. "${LONG.slice(1)}"`),
  refused('a cluster name that is no label', 'name: cluster2', 'name: cluster.2', `23:13  clusters[1].name: "cluster.2" is not a DNS-1123 label; ${LABEL}, e.g. "cluster-2"`),
  refused('a network name that is no label', 'network2: {gateways', 'Network2: {gateways', `17:5  networks.Network2: "Network2" is not a DNS-1123 label; ${LABEL}, e.g. "network2"`, '17:5  networks.Network2: no cluster is on this network; remove it, or name it as the network of a cluster', '26:16  clusters[1].network: there is no network "network2" in networks; did you mean "Network2"?'),
  refused('the reserved cluster name', 'name: cluster2', 'name: mesh', '23:13  clusters[1].name: "mesh" is reserved: mesh/… are the steps of the whole mesh; give the cluster another name'),
  refused('a meshID that cannot be a label', 'meshID: mesh1', 'meshID: a/b', '6:11  meshID: "a/b" cannot be the value of a Kubernetes label; use letters, digits, "-", "_" and ".", starting and ending with a letter or digit, 63 characters at most'),
  refused('a trust domain with a scheme', 'cluster.local', 'spiffe://prod.example', '7:16  trustDomain: "spiffe://prod.example" is not a trust domain; write it without spiffe://: "prod.example"'),
  refused('a trust domain with a space', 'cluster.local', 'my mesh', '7:16  trustDomain: "my mesh" is not a trust domain; use DNS labels in lower case with dots between them, e.g. "cluster.local"'),
  refused('a version without patch', '"1.30.4"', '"1.30"', '9:14  istio.version: "1.30" is not the version of an Istio release; name major, minor and patch, e.g. "1.30.0"'),
  refused('a version with a v', '"1.30.4"', 'v1.30.4', '9:14  istio.version: "v1.30.4" is not the version of an Istio release; write it without the v: "1.30.4"'),
  refused('a version that is a word', '"1.30.4"', 'latest', '9:14  istio.version: "latest" is not the version of an Istio release; name major, minor and patch, e.g. "1.30.4"'),
  refused('the revision default', 'revision: canary', 'revision: default', '10:15  istio.revision: "default" names the revision that is used when none is named; leave revision out'),
  refused('a revision with dots', 'revision: canary', 'revision: 1.30.4', `10:15  istio.revision: "1.30.4" is not a DNS-1123 label; ${LABEL}, e.g. "1-30-4"`),
  refused('a revision too long for a Service', 'revision: canary', `revision: ${'r'.repeat(57)}`, '10:15  istio.revision: the revision has 57 characters; use 56 at most: istiod-<revision> is the name of a Service'),
  refused('a registry with a scheme', 'revision: canary', 'hub: https://docker.io/istio', '10:10  istio.hub: "https://docker.io/istio" is not an image registry; write host[:port][/path] without scheme, tag or slash at the end, e.g. "docker.io/istio"'),
  refused('a tag with a colon', 'revision: canary', 'tag: "istio:1"', '10:10  istio.tag: "istio:1" is not an image tag; use letters, digits, "_", "." and "-", 128 characters at most'),
  refused('an image with a space', 'busybox:1.37', 'busy box', '30:19  verify.image: "busy box" is not an image; write registry/name:tag, e.g. "busybox:1.37"'),
  refused('an empty context', 'context: kind-cluster1', 'context: ""', '20:16  clusters[0].context: "" is not the name of a context; name a context of the worker’s kubeconfig; kubectl config get-contexts lists them'),
  refused('a duration without a unit', 'gatewayAddress: 10m', 'gatewayAddress: 600', '29:30  timeouts.gatewayAddress: 600 is a number, and text is expected; write it with its unit, e.g. 600s'),
  refused('a duration in days', 'gatewayAddress: 10m', 'gatewayAddress: 1d', '29:30  timeouts.gatewayAddress: "1d" is not a duration; write hours, minutes and seconds, e.g. "90s", "10m" or "1h30m"'),
  refused('a duration of nothing', 'gatewayAddress: 10m', 'gatewayAddress: 0s', '29:30  timeouts.gatewayAddress: "0s" is no time at all; write at least "1s"'),
  refused('a duration beyond seven days', 'gatewayAddress: 10m', 'gatewayAddress: 168h1s', '29:30  timeouts.gatewayAddress: "168h1s" is longer than seven days; write at most "168h"'),

  // API servers
  ...['127.0.0.1:6443', '127.8.9.1', 'localhost:6443', 'api.localhost', '[::1]:6443', '0.0.0.0:6443', '[::]:6443', '[::ffff:127.0.0.1]:6443', '[0:0:0:0:0:0:0:1]'].map((host) =>
    refused(`an API server at ${host}`, ...server(`https://${host}`), `25:18  clusters[1].apiServer: "https://${host}" is a loopback address, which means another machine in every cluster; ${SERVER}`),
  ),
  refused('an API server without TLS', ...server('http://172.18.0.3:6443'), `25:18  clusters[1].apiServer: "http://172.18.0.3:6443" is not encrypted; ${SERVER}`),
  refused('an API server with credentials, which are not repeated', ...server('https://admin:hunter2@172.18.0.3'), `25:18  clusters[1].apiServer: the address holds credentials; ${SERVER}`),
  refused('an API server with a path', ...server('https://rancher.example/k8s/c-1'), `25:18  clusters[1].apiServer: "https://rancher.example/k8s/c-1" holds a path; ${SERVER}`),
  refused('an API server with a query', ...server('https://api.example?token=x'), `25:18  clusters[1].apiServer: the address holds a query or fragment; ${SERVER}`),
  refused('an API server that is only a host', ...server('172.18.0.3'), `25:18  clusters[1].apiServer: "172.18.0.3" is not the address of an API server; ${SERVER}`),
  refused('an API server that is half an address', ...server('https://172.18.3:6443'), `25:18  clusters[1].apiServer: "https://172.18.3:6443" is not the address of an API server; ${SERVER}`),
  refused('an API server with an impossible port', ...server('https://172.18.0.3:70000'), `25:18  clusters[1].apiServer: 70000 is not a port; ${SERVER}`),

  // Between clusters
  refused('two clusters of one name', 'name: cluster2', 'name: cluster1', '23:13  clusters[1].name: "cluster1" is the name of clusters[0] too; give every cluster a name of its own', '27:30  clusters[1].controlPlane.remote: a cluster cannot be the remote of itself; name a primary: cluster1'),
  refused('two clusters with one context', 'context: kind-cluster2', 'context: kind-cluster1', '24:16  clusters[1].context: context "kind-cluster1" is that of clusters[0] too; name the context of this cluster: two members of a mesh are two clusters'),
  refused('a context that is another cluster’s by default', 'context: kind-cluster1\n      network: network1\n      controlPlane: primary\n    - name: cluster2\n      context: kind-cluster2', 'network: network1\n      controlPlane: primary\n    - name: cluster2\n      context: cluster1', '23:16  clusters[1].context: context "cluster1" is that of clusters[0] too; name the context of this cluster: two members of a mesh are two clusters'),
  refused('two clusters with one API server', 'context: kind-cluster1', 'apiServer: https://172.18.0.3:6443/', '25:18  clusters[1].apiServer: "https://172.18.0.3:6443" is the API server of clusters[0] too; write the address of this cluster’s API server'),
  refused('a network that is not there', 'network: network2', 'network: netwrk2', '17:5  networks.network2: no cluster is on this network; remove it, or name it as the network of a cluster', '26:16  clusters[1].network: there is no network "netwrk2" in networks; did you mean "network2"?'),
  refused('a network without clusters', 'network2: {gateways: discovered}', 'network2: {}\n    net3:', '18:5  networks.net3: no cluster is on this network; remove it, or name it as the network of a cluster'),
  refused('a home that is not there', 'trust: {source: generated}', 'trust: {home: cluster3}', '14:17  trust.home: there is no cluster "cluster3" in clusters; did you mean "cluster1"?'),
  refused('a home for a root that is brought along', 'source: generated', 'source: existing, home: cluster1', '14:29  trust.home: with trust.source existing meshwright keeps no key; remove home'),

  // Topologies
  refused('a mesh without a primary', 'controlPlane: primary', 'controlPlane: {remote: cluster2}', '18:3  clusters: no cluster runs a control plane; write controlPlane: primary for one of them', '22:30  clusters[0].controlPlane.remote: "cluster2" is a remote itself, of "cluster1", and has no control plane to attach to; name a primary', '27:30  clusters[1].controlPlane.remote: "cluster1" is a remote itself, of "cluster2", and has no control plane to attach to; name a primary'),
  refused('a remote of nobody', remoteCluster, 'controlPlane: {remote: west}', '27:30  clusters[1].controlPlane.remote: there is no cluster "west" in clusters; name a primary of this file'),
  refused('a remote of a misspelt cluster', remoteCluster, 'controlPlane: {remote: clutser1}', '27:30  clusters[1].controlPlane.remote: there is no cluster "clutser1" in clusters; did you mean "cluster1"?'),
  refused('a remote of itself', remoteCluster, 'controlPlane: {remote: cluster2}', '27:30  clusters[1].controlPlane.remote: a cluster cannot be the remote of itself; name a primary: cluster1'),
  refused('a remote of a remote', '  timeouts', '    - {name: c3, network: network2, controlPlane: {remote: cluster2}}\n  timeouts', '29:60  clusters[2].controlPlane.remote: "cluster2" is a remote itself, of "cluster1", and has no control plane to attach to; name a primary: cluster1'),
  refused('a second primary, for now', remoteCluster, 'controlPlane: primary', '27:21  clusters[1].controlPlane: a second primary beside "cluster1": multi-primary (Istio\'s guide "Install Multi-Primary") is not supported yet; attach it: controlPlane: {remote: cluster1}'),
  refused('a remote on its primary’s network, for now', 'network: network2', 'network: network1', '17:5  networks.network2: no cluster is on this network; remove it, or name it as the network of a cluster', '26:16  clusters[1].network: "network1" is the network of its primary "cluster1" too: primary-remote on one network (Istio\'s guide "Install Primary-Remote") is not supported yet; put the cluster on a network of its own (Istio\'s guide "Install Primary-Remote on different networks")'),

  // Overlays that contradict the file
  refused('global.meshID in values', ...values('{global: {meshID: x}}'), '11:23  istio.values.global.meshID: cannot be set here: it is spec.meshID; use spec.meshID'),
  refused('global.network in values', ...values('{global: {network: x}}'), '11:23  istio.values.global.network: cannot be set here: it is the network of the cluster; use clusters[].network'),
  refused('the cluster’s name in values', ...values('{global: {multiCluster: {clusterName: x}}}'), '11:38  istio.values.global.multiCluster.clusterName: cannot be set here: it is the name of the cluster; use clusters[].name'),
  refused('global.meshNetworks in values', ...values('{global: {meshNetworks: {}}}'), '11:23  istio.values.global.meshNetworks: cannot be set here: it is made from networks; use networks: {NAME: {gateways: meshNetworks}}'),
  refused('global.istioNamespace in values', ...values('{global: {istioNamespace: x}}'), '11:23  istio.values.global.istioNamespace: cannot be set here: it is the system namespace; use istio.namespace'),
  refused('istiodRemote in values', ...values('{istiodRemote: {injectionPath: /x}}'), `11:14  istio.values.istiodRemote: ${FOLLOWS}`),
  refused('global.remotePilotAddress in values of a cluster', '      values: {}\n  timeouts', '      values: {global: {remotePilotAddress: 1.2.3.4}}\n  timeouts', `28:25  clusters[1].values.global.remotePilotAddress: ${FOLLOWS}`),
  refused('global.externalIstiod in values', ...values('{global: {externalIstiod: true}}'), `11:23  istio.values.global.externalIstiod: ${FOLLOWS}`),
  refused('EXTERNAL_ISTIOD in values', ...values('{pilot: {env: {EXTERNAL_ISTIOD: "true"}}}'), `11:28  istio.values.pilot.env.EXTERNAL_ISTIOD: ${FOLLOWS}`),
  refused('a revision in values', ...values('{revision: x}'), '11:14  istio.values.revision: cannot be set here: it is the revision of the mesh; use istio.revision'),
  refused('a registry in values', ...values('{global: {hub: x}}'), '11:23  istio.values.global.hub: cannot be set here: it is the image registry; use istio.hub'),
  refused('a registry in values of a cluster beside istio.hub', VALID.slice(VALID.indexOf('    revision'), VALID.indexOf('  timeouts')), VALID.slice(VALID.indexOf('    revision'), VALID.indexOf('  timeouts')).replace('revision: canary', 'hub: a.example').replace('      values: {}', '      values: {global: {hub: b.example}}'), '28:25  clusters[1].values.global.hub: cannot be set here: it loses against istio.hub; remove istio.hub and set it in the values of every cluster, or remove it here'),
  refused('meshConfig in values', ...values('{meshConfig: {}}'), '11:14  istio.values.meshConfig: cannot be set here: it is the mesh configuration; use meshConfig beside values'),
  refused('a trust domain in meshConfig', 'meshConfig: {}', 'meshConfig: {trustDomain: x}', '12:18  istio.meshConfig.trustDomain: cannot be set here: it is spec.trustDomain; use spec.trustDomain'),
  refused('a discovery address in meshConfig', 'meshConfig: {}', 'meshConfig: {defaultConfig: {discoveryAddress: x}}', `12:34  istio.meshConfig.defaultConfig.discoveryAddress: ${FOLLOWS}`),

  // Resources
  refused('a resource that is not Istio’s', ...resource('{apiVersion: v1, kind: Secret, metadata: {name: a}}'), '14:22  istio.resources[0].apiVersion: "v1" is not a group and version of Istio\'s configuration; use one of extensions.istio.io/v1, networking.istio.io/v1, security.istio.io/v1, telemetry.istio.io/v1; apply other objects by your own means'),
  refused('an IstioOperator as a resource', ...resource('{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: a}}'), '14:22  istio.resources[0].apiVersion: "install.istio.io/v1alpha1" is not a group and version of Istio\'s configuration; use one of extensions.istio.io/v1, networking.istio.io/v1, security.istio.io/v1, telemetry.istio.io/v1; apply other objects by your own means'),
  refused('a resource of an unknown kind', ...resource('{apiVersion: networking.istio.io/v1, kind: Destinationrule, metadata: {name: a}}'), '14:52  istio.resources[0].kind: "Destinationrule" is not a namespaced kind of networking.istio.io; did you mean "DestinationRule"?'),
  refused('a resource in another namespace', ...resource('{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: a, namespace: foo}}'), '14:101  istio.resources[0].metadata.namespace: "foo" is not the system namespace; remove it, or write istio-system: objects of other namespaces belong to their applications'),
  refused('a resource with fields the server sets', ...resource('{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: a, resourceVersion: "1"}}'), '14:90  istio.resources[0].metadata.resourceVersion: unknown key; remove it; the keys here are name, namespace, labels, annotations'),
  refused('a resource without a name', ...resource('{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {}}'), '14:70  istio.resources[0].metadata.name: is missing; add name: default'),
  refused('a resource whose name is none', ...resource('{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: A_b}}'), '14:87  istio.resources[0].metadata.name: "A_b" is not the name of an object; use lower-case letters, digits, "-" and "."'),
  refused('a resource that meshwright makes', ...resource('{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: cross-network-gateway}}'), '14:78  istio.resources[0].metadata.name: Gateway cross-network-gateway is made by meshwright; give the object another name'),
  refused('a resource that is there twice', ...resource('&r {apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: a}}\n      - *r'), '14:81  istio.resources[1].metadata.name: Gateway a is istio.resources[0] already; keep one of the two'),
];

describe('a mesh file is refused for', () => {
  test('nothing, when it is valid', () => {
    expect(problemsIn(VALID)).toEqual([]);
  });

  test.each(CASES)('$fact', ({ from, to, says }) => {
    expect(VALID).toContain(from);
    expect(problemsIn(VALID.replace(from, () => to))).toEqual(says.map((line) => `mesh.yaml:${line}`));
  });
});

function problemsIn(text: string): string[] {
  const parsed = parseMeshFile(text, 'mesh.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatSpecProblem);
}
