import { hostname } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { readEnvironment } from '../../../client/environment.ts';
import { lookFor, progressModeFor } from '../../../client/settings.ts';
import type { ShowFlags } from '../../../client/settings.ts';
import { readTemporalTarget } from '../../../client/temporal-target.ts';
import { uiLink } from '../../../client/ui-link.ts';

const TTY = { isTTY: true, columns: 120, rows: 40 };
const PIPE = {};
const NO_FILE = { HOME: '/home/ana', TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };

function look(stream: object, flags: ShowFlags = {}, variables: { [name: string]: string } = {}) {
  return lookFor(stream, flags, readEnvironment(variables), 0);
}

describe('colour', () => {
  test.each([
    ['on a terminal', TTY, {}, {}, true],
    ['in a pipe', PIPE, {}, {}, false],
    ['under NO_COLOR', TTY, {}, { NO_COLOR: '1' }, false],
    ['under an empty NO_COLOR', TTY, {}, { NO_COLOR: '' }, true],
    ['under FORCE_COLOR in a pipe', PIPE, {}, { FORCE_COLOR: '1' }, true],
    ['under FORCE_COLOR=0', TTY, {}, { FORCE_COLOR: '0' }, false],
    ['on a dumb terminal', TTY, {}, { TERM: 'dumb' }, false],
    ['always, under NO_COLOR', PIPE, { color: 'always' }, { NO_COLOR: '1' }, true],
    ['never, under FORCE_COLOR', TTY, { color: 'never' }, { FORCE_COLOR: '1' }, false],
  ] as const)('%s', (_name, stream, flags, variables, color) => {
    expect(look(stream, flags, variables).color).toBe(color);
  });
});

describe('progress', () => {
  test.each([
    ['is a live tree on a terminal', TTY, {}, {}, 'tty'],
    ['is lines in a pipe', PIPE, {}, {}, 'plain'],
    ['is lines in CI', TTY, {}, { CI: 'true' }, 'plain'],
    ['is lines on a dumb terminal', TTY, {}, { TERM: 'dumb' }, 'plain'],
    ['is what was asked for', TTY, { progress: 'jsonl' }, {}, 'jsonl'],
  ] as const)('%s', (_name, stream, flags, variables, mode) => {
    expect(progressModeFor(stream, flags, readEnvironment(variables))).toBe(mode);
  });
});

describe('ASCII', () => {
  test('is used under a locale that has no more', () => {
    expect(look(TTY, {}, { LANG: 'C' }).ascii).toBe(true);
    expect(look(TTY, {}, { LANG: 'de_DE.ISO-8859-1' }).ascii).toBe(true);
    expect(look(TTY, {}, { LC_ALL: 'C', LANG: 'en_US.UTF-8' }).ascii).toBe(true);
  });

  test('is not used under UTF-8 nor without a locale', () => {
    expect(look(TTY, {}, { LANG: 'en_US.utf8' }).ascii).toBe(false);
    expect(look(TTY, {}, {}).ascii).toBe(false);
    expect(look(TTY, { ascii: true }, {}).ascii).toBe(true);
  });
});

describe('who asks', () => {
  test('is MESHWRIGHT_USER, else user and host', () => {
    expect(readEnvironment({ MESHWRIGHT_USER: 'ana@laptop' }).requester).toBe('ana@laptop');
    expect(readEnvironment({}).requester).toMatch(new RegExp(`^[^@]+@${hostname()}$`, 'u'));
  });
});

describe('where Temporal is', () => {
  const target = (flags: object, variables: { [name: string]: string } = {}) =>
    readTemporalTarget(flags, readEnvironment({ ...NO_FILE, ...variables }));

  test('is said by flags, then variables, then the default, and it is known by which', () => {
    expect(target({})).toMatchObject({
      address: '127.0.0.1:7233',
      addressSource: 'the default',
      namespace: 'default',
    });
    const variables = { TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_NAMESPACE: 'mesh' };
    expect(target({}, variables)).toMatchObject({
      address: 'temporal:7233',
      addressSource: 'from TEMPORAL_ADDRESS',
      namespace: 'mesh',
    });
    expect(target({ address: '[::1]:7', namespace: 'other' }, variables)).toMatchObject({
      address: '[::1]:7',
      addressSource: 'from --address',
      namespace: 'other',
    });
  });

  test('must be host and port', () => {
    expect(() => target({ address: 'http://temporal:7233' })).toThrow(
      '"http://temporal:7233" (from --address) is no address of Temporal',
    );
    expect(() => target({}, { TEMPORAL_ADDRESS: 'temporal' })).toThrow(
      '"temporal" (from TEMPORAL_ADDRESS)',
    );
  });

  test('takes TLS from an API key', () => {
    expect(target({}, { TEMPORAL_API_KEY: 'key' }).connection).toMatchObject({
      apiKey: 'key',
      tls: true,
    });
  });
});

describe('links to the UI', () => {
  test('lead to the timeline of a run', () => {
    const place = { address: '127.0.0.1:7233', namespace: 'default', uiUrl: null };
    expect(uiLink(place, 'mesh-prod', 'run1')).toBe(
      'http://localhost:8233/namespaces/default/workflows/mesh-prod/run1/timeline',
    );
    expect(uiLink({ ...place, uiUrl: 'https://ui.example.com' }, 'mesh-prod', 'run1')).toMatch(
      /^https:\/\/ui\.example\.com\/namespaces/u,
    );
    expect(uiLink({ ...place, address: 'ns.acct.tmprl.cloud:7233' }, 'm', 'r')).toMatch(
      /^https:\/\/cloud\.temporal\.io\//u,
    );
  });
});
