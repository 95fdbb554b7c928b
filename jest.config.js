// Not below the temporary folder, which every run has for itself.
const CACHE = '<rootDir>/node_modules/.cache/jest';

const project = (name, more = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: '<rootDir>/test/support/file-folder-environment.cjs',
  cacheDirectory: CACHE,
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
  cacheDirectory: CACHE,
  projects: ['unit', 'architecture', 'workflow', 'replay', 'integration', 'faults', 'e2e'].map(
    (name) => project(name),
  ),
};
