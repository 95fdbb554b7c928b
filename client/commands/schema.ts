/** Runs `meshwright schema`: the JSON Schema of mesh files, for editors. */
export async function runSchemaCommand(): Promise<void> {
  const { meshJsonSchema } = await import('../../mesh/spec/mesh-json-schema.ts');
  process.stdout.write(`${JSON.stringify(meshJsonSchema(), null, 2)}\n`);
}
