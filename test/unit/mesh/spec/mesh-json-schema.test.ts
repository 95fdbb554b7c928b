import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { meshJsonSchema } from '../../../../mesh/spec/mesh-json-schema.ts';
import { goldenText } from '../../../support/golden-text.ts';

const COMMITTED = new URL('../../../../mesh.schema.json', import.meta.url);

describe('the JSON Schema of mesh files', () => {
  test('is the one that is committed for editors', () => {
    const text = `${JSON.stringify(meshJsonSchema(), null, 2)}\n`;
    expect(text).toBe(goldenText(COMMITTED, text));
    expect(JSON.parse(readFileSync(COMMITTED, 'utf8'))).toEqual(meshJsonSchema());
  });

  test('is draft-07 and has the fields at its root, not behind a reference', () => {
    const schema = meshJsonSchema();
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema['type']).toBe('object');
    expect(Object.keys(schema['properties'] ?? {})).toEqual([
      'apiVersion',
      'kind',
      'metadata',
      'spec',
    ]);
    expect(JSON.stringify(schema)).not.toContain('$ref');
  });

  test('describes every field and closes every map of fields', () => {
    const fields = propertiesOf(meshJsonSchema(), '');
    expect(fields.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'spec.clusters[].apiServer',
        'spec.networks.*.gateways',
        'spec.timeouts.gatewayAddress',
      ]),
    );
    expect(
      fields
        .filter(({ schema }) => typeof schema['description'] !== 'string')
        .map(({ path }) => path),
    ).toEqual([]);
    const open = fields
      .filter(({ schema }) => 'properties' in schema && schema['additionalProperties'] !== false)
      .map(({ path }) => path);
    expect(open).toEqual([]);
  });

  test('requires what has no default, and nothing that has one', () => {
    const required = propertiesOf(meshJsonSchema(), '').flatMap(({ path, required: is }) =>
      is ? [path] : [],
    );
    expect(required).toEqual([
      'apiVersion',
      'kind',
      'metadata',
      'metadata.name',
      'spec',
      'spec.exports[].cluster',
      'spec.exports[].namespace',
      'spec.exports[].service',
      'spec.istio',
      'spec.istio.version',
      'spec.istio.resources[].apiVersion',
      'spec.istio.resources[].kind',
      'spec.istio.resources[].metadata',
      'spec.istio.resources[].metadata.name',
      'spec.networks',
      'spec.clusters',
      'spec.clusters[].name',
      'spec.clusters[].network',
      'spec.clusters[].controlPlane',
      'spec.clusters[].controlPlane.remote',
    ]);
  });
});

type Schema = { [key: string]: unknown };

function propertiesOf(
  schema: Schema,
  path: string,
): { path: string; schema: Schema; required: boolean }[] {
  const required = (schema['required'] ?? []) as string[];
  const own = Object.entries((schema['properties'] ?? {}) as { [key: string]: Schema }).flatMap(
    ([key, child]) => {
      const at = path === '' ? key : `${path}.${key}`;
      return [
        { path: at, schema: child, required: required.includes(key) },
        ...propertiesOf(child, at),
      ];
    },
  );
  const items =
    schema['items'] === undefined ? [] : propertiesOf(schema['items'] as Schema, `${path}[]`);
  const { additionalProperties } = schema;
  const values =
    typeof additionalProperties === 'object'
      ? propertiesOf(additionalProperties as Schema, `${path}.*`)
      : [];
  const options = ((schema['anyOf'] ?? []) as Schema[]).flatMap((option) =>
    propertiesOf(option, path),
  );
  return [...own, ...items, ...values, ...options];
}
