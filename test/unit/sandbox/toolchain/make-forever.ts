import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCached } from '../../../../sandbox/toolchain/part-cache.ts';
import type { CacheEntry } from '../../../../sandbox/toolchain/part-cache.ts';

// Run as a process of its own by part-cache.test.ts, which kills it.
const [cacheRoot = '', entry = '{}'] = process.argv.slice(2);
setInterval(() => {}, 60_000);
await ensureCached(cacheRoot, JSON.parse(entry) as CacheEntry, {
  make: async (folder) => {
    await writeFile(join(folder, 'etcd'), 'half of the pro');
    process.stdout.write('making\n');
    await new Promise(() => {});
  },
  onWait: () => {},
  onDamage: () => {},
});
