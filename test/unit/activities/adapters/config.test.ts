import { expect, test } from '@jest/globals';
import { readAdapterConfig } from '../../../../activities/adapters/config.ts';

test('without an environment everything lies where users expect it', () => {
  expect(readAdapterConfig({}, '/home/me')).toEqual({
    kube: { paths: ['/home/me/.kube/config'], allowedExec: [], inCluster: null },
    pluginEnv: { HOME: '/home/me', PATH: '/usr/bin:/bin' },
    istioctl: {
      paths: [],
      versionsDir: '/home/me/.local/share/meshwright/istioctl',
      searchDirs: [],
    },
    nameServers: [],
    renderedDir: '/home/me/.cache/meshwright/rendered',
    trustDir: '/home/me/.local/share/meshwright/trust',
  });
});

test('the environment says otherwise', () => {
  const config = readAdapterConfig(
    {
      KUBECONFIG: '/a:/b:',
      MESHWRIGHT_ALLOWED_EXEC: '/opt/aws',
      MESHWRIGHT_ISTIOCTL: '/opt/istioctl',
      MESHWRIGHT_NAME_SERVERS: '192.0.2.53,127.0.0.1:5300,[2001:db8::53]:53',
      MESHWRIGHT_HOME: '/state',
      MESHWRIGHT_CACHE: '/cache',
      PATH: '/bin',
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
      KUBERNETES_SERVICE_PORT: '6443',
    },
    '/home/me',
  );
  expect(config).toEqual({
    kube: {
      paths: ['/a', '/b'],
      allowedExec: ['/opt/aws'],
      inCluster: { host: '10.0.0.1', port: '6443' },
    },
    pluginEnv: { HOME: '/home/me', PATH: '/bin' },
    istioctl: { paths: ['/opt/istioctl'], versionsDir: '/state/istioctl', searchDirs: ['/bin'] },
    nameServers: ['192.0.2.53', '127.0.0.1:5300', '[2001:db8::53]:53'],
    renderedDir: '/cache/rendered',
    trustDir: '/state/trust',
  });
});

test('a plugin that is not named by an absolute path is refused with variable and value', () => {
  expect(() => readAdapterConfig({ MESHWRIGHT_ALLOWED_EXEC: 'aws' }, '/home/me')).toThrow(
    'MESHWRIGHT_ALLOWED_EXEC: "aws" is not an absolute path',
  );
});

test.each(['ns1.example.com', '192.0.2.53:0', '192.0.2.300', '192.0.2.53:70000'])(
  'what is no name server is refused with variable and value: %s',
  (server) => {
    expect(() => readAdapterConfig({ MESHWRIGHT_NAME_SERVERS: server }, '/home/me')).toThrow(
      `MESHWRIGHT_NAME_SERVERS: "${server}" is no address`,
    );
  },
);
