const project = (name, more = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  clearMocks: true,
  ...more,
});

/** One project a folder of test/; order inside each is random (the seed is printed). */
export default {
  randomize: true,
  projects: ['unit', 'architecture', 'workflow', 'replay', 'integration', 'faults', 'e2e'].map(
    (name) => project(name),
  ),
};
