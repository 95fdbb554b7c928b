import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { aPlan, awaitProgress, awaitTrue, retry, scriptedInstall } from '../support/install-run.ts';
import { NOTHING_CHANGED, stepFailure } from '../support/scripted-steps.ts';
import { workflowBed } from '../support/workflow-bed.ts';

const bed = workflowBed();
const PAGE = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');

/** The list filters of docs/audit.md by what the page calls them, about a mesh of the test instead of `prod`. */
function filters(mesh: string): { [title: string]: string } {
  const links = [
    ...PAGE.matchAll(
      /\[([^\]]+)\]\(http:\/\/localhost:8233\/namespaces\/default\/workflows\?query=([^)]+)\)/gu,
    ),
  ];
  return Object.fromEntries(
    links.map(([, title = '', query = '']) => [
      title,
      decodeURIComponent(query).replaceAll('"prod"', `"${mesh}"`),
    ]),
  );
}

test('each list filter of docs/audit.md finds in a real Temporal what it says', async () => {
  const spec = bed.spec();
  const steps = scriptedInstall(aPlan({ 'cluster1/a': [] }), spec);
  steps.on('cluster1/a', ({ round }) => {
    if (round > 1) return NOTHING_CHANGED;
    throw stepFailure('Forbidden', 'may not');
  });
  await bed.work(steps);
  const install = await bed.start('install', spec);
  const views = filters(spec.name);
  const found = async (title: string, wanted: boolean): Promise<void> => {
    const ask = async (): Promise<boolean> => {
      const query = `(${views[title]}) AND MeshName="${spec.name}"`;
      for await (const { runId } of bed.server().client.workflow.list({ query }))
        if (runId === install.firstExecutionRunId) return true;
      return false;
    };
    expect([title, await awaitTrue(ask, (seen) => seen === wanted)]).toEqual([title, wanted]);
  };
  await awaitProgress(install, (progress) => progress.operation.state === 'blocked');
  await found('blocked', true);
  await found('at work', true);
  await found('of one mesh', true);
  await found('of one cluster', true);
  await found('failed since a day', false);
  await retry(install, { step: 'cluster1/a', by: 'ana', reason: 'again' });
  await install.result();
  await found('blocked', false);
  await found('at work', false);
  await found('changes of one mesh', true);

  const failing = bed.spec();
  const other = await bed.start('install', failing);
  await other.terminate('a test');
  const ended = {
    ...views,
    query: `(${views['failed since a day']}) AND MeshName="${failing.name}"`,
  };
  const count = async (): Promise<number> => {
    const { count: number } = await bed.server().client.workflow.count(ended.query);
    return number;
  };
  expect(await awaitTrue(count, (number) => number === 1)).toBe(1);
  expect(Object.keys(views).toSorted()).toEqual([
    'at work',
    'blocked',
    'changes of one mesh',
    'failed since a day',
    'of one cluster',
    'of one mesh',
  ]);
});
