import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from '../client/environment.ts';

// Keeps what was compiled of us and of our packages: help answers in 70 ms instead of 170, status in 0.3 s instead of 0.6.
enableCompileCache(compileCacheFolder());
const { runProgram } = await import('./program.ts');
await runProgram(process.argv);
