import { describe, expect, test } from '@jest/globals';
import { createLogger, redactLogLine } from '../../../worker/logging.ts';

const KEY = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n';
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl';

function logged(
  level: 'warn' | 'info',
  write: (logger: ReturnType<typeof createLogger>) => void,
): string[] {
  const lines: string[] = [];
  write(createLogger(level, { write: (line: string) => void lines.push(line) }));
  return lines;
}

describe("the worker's log", () => {
  test.each([
    ['a private key in a field', { pem: KEY }],
    ['a private key in an error', { error: new Error(`bad key ${KEY}`) }],
    ['a private key whose end was cut off', { pem: KEY.slice(0, 60) }],
    ['a base64 key as Secrets carry it', { data: Buffer.from(KEY).toString('base64') }],
    ['a service account token', { header: `bearer ${JWT}` }],
    ['a token deep inside', { request: { users: [{ user: { token: 'abc123secret' } }] } }],
    ['a kubeconfig text', { text: `users:\n- user:\n    token: ${JWT}\n` }],
  ])('holds no secret: %s', (_what, meta) => {
    const [line = ''] = logged('warn', (logger) => logger.warn('it failed', meta));
    expect(line).not.toMatch(/MIGHAgEAMBMG|TUlHSEFnRUFNQk1H|eyJhbGciOiJSUzI1NiJ9|abc123secret/);
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', msg: 'it failed' });
  });

  test('keeps what is no secret', () => {
    const line = JSON.stringify({
      msg: 'created Secret istio-system/cacerts',
      token: undefined,
      attempt: 2,
    });
    expect(redactLogLine(line)).toBe(line);
  });

  test('is quiet below its level', () => {
    expect(logged('warn', (logger) => logger.info('started'))).toEqual([]);
    expect(logged('info', (logger) => logger.log('INFO', 'started', { step: 'a' }))).toHaveLength(
      1,
    );
  });
});
