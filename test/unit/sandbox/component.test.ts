import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { awaitCondition } from '../../../sandbox/await-condition.ts';
import { startComponent } from '../../../sandbox/component.ts';

const dir = mkdtempSync(join(tmpdir(), 'component-'));
const logFile = join(dir, 'x.log');

const spec = (script: string) => ({ name: 'thing', words: ['sh', '-c', script], logFile });

test('a process that dies unasked is started again, and its death is told', async () => {
  const deaths: string[] = [];
  const component = startComponent(spec('echo started; exit 3'), (text) => deaths.push(text));
  await awaitCondition('second death', async () => deaths.length >= 2, 10_000, 20);
  await component.stop();
  expect(deaths[0]).toContain('thing died (exit code 3)');
  expect(component.status()).toMatchObject({
    state: 'stopped',
    lastExit: expect.stringContaining('exit code 3'),
  });
  expect(readFileSync(logFile, 'utf8')).toContain('started\nstarted\n');
});

test('a process that was stopped stays down until it is started', async () => {
  const deaths: string[] = [];
  const component = startComponent(spec('exec sleep 60'), (text) => deaths.push(text));
  expect(component.status().state).toBe('running');
  await component.stop();
  await component.stop();
  expect(component.status()).toMatchObject({ state: 'stopped', unexpectedExits: 0 });
  component.start();
  expect(component.status().state).toBe('running');
  await component.stop();
  expect(deaths).toEqual([]);
});

test('a paused process is thawed by resume and by start, and stop ends it as well', async () => {
  const component = startComponent(spec('exec sleep 60'), () => undefined);
  component.pause();
  expect(component.status().state).toBe('paused');
  component.start();
  expect(component.status().state).toBe('running');
  component.pause();
  await component.stop();
  expect(component.status().state).toBe('stopped');
});

test('a program that does not exist is reported and not forgotten', async () => {
  const deaths: string[] = [];
  const component = startComponent({ name: 'none', words: ['/nowhere/none'], logFile }, (text) =>
    deaths.push(text),
  );
  await awaitCondition('report', async () => deaths.length > 0, 5000, 20);
  expect(deaths[0]).toContain('ENOENT');
  await component.stop();
});
