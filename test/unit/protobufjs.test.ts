import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';

const ROOT = createRequire(import.meta.url);

/** Path and version of the protobufjs that a package loads. */
function protobufjsOf(name: string): { path: string; version: string } {
  const path = createRequire(ROOT.resolve(`${name}/package.json`)).resolve(
    'protobufjs/package.json',
  );
  return { path, version: (ROOT(path) as { version: string }).version };
}

test('all of the Temporal SDK loads one protobufjs 8, or no recorded history replays', () => {
  const own = ROOT.resolve('protobufjs/package.json');
  for (const name of [
    '@temporalio/common',
    '@temporalio/client',
    '@temporalio/worker',
    '@temporalio/proto',
  ]) {
    const { path, version } = protobufjsOf(name);
    expect({ name, path, major: version.split('.')[0] }).toEqual({ name, path: own, major: '8' });
  }
});
