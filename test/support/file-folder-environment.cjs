// CommonJS: jest takes an environment from a default export, which our modules do not have (R14).
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { TestEnvironment } = require('jest-environment-node');

/**
 * Gives each test file a temporary folder of its own, which `tmpdir()` and whatever the file starts find, and removes it with all that is in it behind
 * the last hook of the file. Its name is short, because sandboxes lie in it: names of sockets have 108 bytes.
 */
module.exports = class FileFolderEnvironment extends TestEnvironment {
  #folder;
  #outer;

  constructor(config, context) {
    const outer = process.env.TMPDIR;
    const folder = mkdtempSync(join(tmpdir(), 'f'));
    // Before super(), which copies the variables that the file's own code sees.
    process.env.TMPDIR = folder;
    super(config, context);
    this.#folder = folder;
    this.#outer = outer;
  }

  async teardown() {
    await super.teardown();
    if (this.#outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = this.#outer;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
};
