import { describe, expect, test } from '@jest/globals';
import {
  VALID_MESH_FILE,
  problemsAfter,
  problemsIn,
  refused,
} from '../../../support/refused-mesh-file.ts';
import type { RefusedChange } from '../../../support/refused-mesh-file.ts';

const values = (text: string): [string, string] => [
  'values: {}\n    meshConfig',
  `values: ${text}\n    meshConfig`,
];
const remoteCluster = 'controlPlane: {remote: cluster1}';

const CASES: RefusedChange[] = [
  // Keys
  refused(
    'a misspelt key',
    'context: kind-cluster1',
    'contxt: kind-cluster1',
    '20:7  clusters[0].contxt: unknown key; did you mean "context"?',
  ),
  refused(
    'a key in another case',
    'meshID:',
    'meshId:',
    '6:3  meshId: unknown key; did you mean "meshID"?',
  ),
  refused(
    'a key near no other',
    '  meshID: mesh1',
    '  flavour: mild',
    '6:3  flavour: unknown key; remove it; the keys here are meshID, trustDomain, topology, nameResolution, exports, istio, trust, networks, clusters, timeouts, verify',
  ),
  refused(
    'an unknown key at the top',
    'kind: Mesh\n',
    'kind: Mesh\nstatus: {}\n',
    '3:1  status: unknown key; remove it; the keys here are apiVersion, kind, metadata, spec',
  ),
  refused(
    'a misspelt key that is required, once',
    'network: network1\n',
    'netwrok: network1\n',
    '21:7  clusters[0].netwrok: unknown key; did you mean "network"?',
  ),
  refused(
    'a misspelt key inside controlPlane, once',
    remoteCluster,
    'controlPlane: {remte: cluster1}',
    '27:22  clusters[1].controlPlane.remte: unknown key; did you mean "remote"?',
  ),
  refused(
    'a missing key',
    '      network: network1\n',
    '',
    '19:7  clusters[0].network: is missing; add network: network1',
  ),
  refused(
    'a missing version',
    '    version: "1.30.4"\n',
    '',
    '8:3  istio.version: is missing; add version: 1.30.4',
  ),
  refused(
    'a missing section',
    '  name: mesh1\n',
    '',
    '3:1  metadata: is empty, and a map is expected; fill it in',
  ),
  refused(
    'an empty optional section',
    'values: {}\n    meshConfig',
    'values:\n    meshConfig',
    '11:5  istio.values: is empty, and a map is expected; remove the key or write {}',
  ),
  refused(
    'a key that is there twice',
    '  meshID: mesh1\n',
    '  meshID: mesh1\n  meshID: mesh1\n',
    '7:3  this key is there twice; keep one of the two',
  ),

  // Types and choices
  refused(
    'another API version',
    'dev/v1alpha1',
    'dev/v1',
    '1:13  apiVersion: "meshwright.dev/v1" is not known here; did you mean "meshwright.dev/v1alpha1"?',
  ),
  refused(
    'another kind',
    'kind: Mesh',
    'kind: mesh',
    '2:7  kind: "mesh" is not known here; did you mean "Mesh"?',
  ),
  refused(
    'a list where a map belongs',
    'trust: {source: generated}',
    'trust: [generated]',
    '14:10  trust: a list where a map is expected; write a map',
  ),
  refused(
    'a misspelt gateway mode',
    'network1: {gateways: discovered}',
    'network1: {gateways: meshNetwork}',
    '16:26  networks.network1.gateways: "meshNetwork" is not known here; did you mean "meshNetworks"?',
  ),
  refused(
    'an unknown gateway mode',
    'network1: {gateways: discovered}',
    'network1: {gateways: magic}',
    '16:26  networks.network1.gateways: "magic" is not known here; write discovered or meshNetworks',
  ),
  refused(
    'an unknown trust source',
    'source: generated',
    'source: vault',
    '14:19  trust.source: "vault" is not known here; write generated or existing',
  ),
  refused(
    'a misspelt control plane',
    'controlPlane: primary',
    'controlPlane: Primary',
    '22:21  clusters[0].controlPlane: "Primary" is not known here; did you mean "primary"?',
  ),
  refused(
    'a control plane that is neither word nor map',
    remoteCluster,
    'controlPlane: [cluster1]',
    '27:21  clusters[1].controlPlane: a list is not known here; write primary, or {remote: CLUSTER} with the name of a primary',
  ),
  refused(
    'no clusters',
    VALID_MESH_FILE.slice(
      VALID_MESH_FILE.indexOf('  clusters:'),
      VALID_MESH_FILE.indexOf('  timeouts:'),
    ),
    '  clusters: []\n',
    '18:3  clusters: is empty; list at least one',
  ),
  refused(
    'no requests',
    'requests: 20',
    'requests: 0',
    '30:45  verify.requests: 0 is out of bounds; write at least 1',
  ),
  refused(
    'too many requests',
    'requests: 20',
    'requests: 1001',
    '30:45  verify.requests: 1001 is out of bounds; write at most 1000',
  ),
  refused(
    'half a request',
    'requests: 20',
    'requests: 2.5',
    '30:45  verify.requests: 2.5 where a whole number is expected; write a whole number',
  ),

  // Scalars that YAML readers take differently
  refused(
    'a version that is a float',
    '"1.30.4"',
    '1.30',
    '9:14  istio.version: 1.30 is the number 1.3 without quotes; quote it: "1.30", or write 1.3 if the number is meant',
  ),
  refused(
    'a tag that is a number',
    'version: "1.30.4"',
    'version: "1.30.4"\n    tag: 130',
    '10:10  istio.tag: 130 is a number, and text is expected; quote it: "130"',
  ),
  refused(
    'a revision that is a float',
    'revision: canary',
    'revision: 1.3',
    '10:15  istio.revision: 1.3 is a number, and text is expected; quote it: "1.3"',
  ),
  refused(
    'a name that is a boolean',
    'revision: canary',
    'revision: true',
    '10:15  istio.revision: true is a boolean, and text is expected; quote it: "true"',
  ),
  refused(
    'Norway as a network',
    'network: network1',
    'network: no',
    '21:16  clusters[0].network: no is false in YAML 1.1 and text in YAML 1.2; write false, or "no" for the text',
  ),
  refused(
    'yes in values',
    ...values('{a: yes}'),
    '11:17  istio.values.a: yes is true in YAML 1.1 and text in YAML 1.2; write true, or "yes" for the text',
  ),
  refused(
    'off in values of a cluster',
    '      values: {}\n  timeouts',
    '      values: {a: [Off]}\n  timeouts',
    '28:20  clusters[1].values.a[0]: Off is false in YAML 1.1 and text in YAML 1.2; write false, or "Off" for the text',
  ),
  refused(
    'on as a key',
    ...values('{on: 1}'),
    '11:14  istio.values.on: on is true in YAML 1.1 and text in YAML 1.2; write true, or "on" for the text',
  ),
  refused(
    'a leading zero',
    ...values('{a: 017}'),
    '11:17  istio.values.a: 017 is an octal number to some YAML readers and a decimal one or text to others; write the decimal number, or "017" for the text',
  ),
  refused(
    'an octal number',
    ...values('{a: 0o17}'),
    '11:17  istio.values.a: 0o17 is an octal number to some YAML readers and a decimal one or text to others; write the decimal number, or "0o17" for the text',
  ),
  refused(
    'an underscore in a number',
    ...values('{a: 1_000}'),
    '11:17  istio.values.a: 1_000 is a number in YAML 1.1 and text in YAML 1.2; write the number without "_", or "1_000" for the text',
  ),
  refused(
    'a number of base 60',
    ...values('{a: 12:30:45}'),
    '11:17  istio.values.a: 12:30:45 is a number of base 60 in YAML 1.1 and text in YAML 1.2; quote it: "12:30:45"',
  ),
  refused(
    'a date',
    ...values('{a: 2026-11-21}'),
    '11:17  istio.values.a: 2026-11-21 is a date in YAML 1.1 and text in YAML 1.2; quote it: "2026-11-21"',
  ),
  refused(
    'infinity',
    ...values('{a: .inf}'),
    '11:17  istio.values.a: .inf is no number that JSON can hold; write a finite number, or ".inf" for the text',
  ),
  refused(
    'a number beyond exactness',
    ...values('{a: 9007199254740993}'),
    '11:17  istio.values.a: 9007199254740993 is too large to be read exactly; quote it: "9007199254740993"',
  ),
  refused(
    'a merge key',
    ...values('{<<: {a: 1}}'),
    '11:14  istio.values."<<": merge keys are not part of YAML 1.2; write the keys out, or use an alias for the whole value',
  ),
  refused(
    'a prototype',
    ...values('{__proto__: {a: 1}}'),
    '11:14  istio.values.__proto__: this key cannot be used; remove it',
  ),
  refused(
    'a tag that makes no JSON',
    ...values('{a: !!binary aGk=}'),
    '11:26  istio.values.a: tag tag:yaml.org,2002:binary makes a value that JSON cannot hold; remove the tag',
  ),
  refused(
    'a tag of one’s own',
    ...values('{a: !secret x}'),
    '11:25  istio.values.a: tag !secret makes a value that JSON cannot hold; remove the tag',
  ),

  // YAML itself
  refused(
    'a tab as indentation',
    '  name: mesh1\n',
    '\tname: mesh1\n',
    '4:1  tabs cannot indent YAML; indent with spaces',
  ),
  refused(
    'a second document',
    '  trust: {source',
    '---\n  trust: {source',
    '5:1  networks: is missing; add networks:',
    '5:1  clusters: is missing; add clusters:',
    '14:1  the file holds several YAML documents; keep one mesh in a file: remove everything from the second --- on',
  ),
  refused(
    'an anchor that is not there',
    ...values('*base'),
    '11:13  istio.values: alias *base has no anchor before it; write the value out',
  ),
  refused(
    'an alias inside itself',
    ...values('&a {b: *a}'),
    '11:20  istio.values.b: alias *a contains itself; write the value out',
  ),
  refused(
    'more than 50 aliases',
    ...values(`{a: &a {}, b: [${'*a,'.repeat(51)}]}`),
    '11:178  istio.values.b[50]: the file has more than 50 aliases; write a smaller file',
  ),
  refused(
    'a text that is not closed',
    'source: generated',
    'source: "generated',
    '14:30  not valid YAML: missing closing "quote; close the quote or bracket, or put the value on the key’s line',
  ),
  refused(
    'a colon in unquoted text',
    'trustDomain: cluster.local',
    'trustDomain: a: b',
    '7:16  not valid YAML: nested mappings are not allowed in compact mappings; quote the value, or put the nested map on lines of its own',
  ),
];

describe('a mesh file is refused for', () => {
  test('nothing, when it is valid', () => {
    expect(problemsIn(VALID_MESH_FILE)).toEqual([]);
  });

  test.each(CASES)('$fact', (change) => {
    expect(problemsAfter(change)).toEqual(change.says);
  });
});
