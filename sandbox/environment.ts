/**
 * The environment of everything inside the sandbox: nothing of the caller's but where programs
 * are. A proxy setting, say, would send an API server's calls to its own kubelet elsewhere.
 */
export function innerEnvironment(): NodeJS.ProcessEnv {
  const own = process.env['PATH'] ?? '';
  return {
    PATH: [
      ...new Set([...own.split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']),
    ].join(':'),
    HOME: '/root',
    LANG: 'C.UTF-8',
  };
}

/** The environment of the command line, for finding and building parts of the toolchain. */
export function callerEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}
