/** Levels of the worker's log, loudest last. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** How much the worker logs. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Every environment variable that `worker` and `server` read, in the order the help shows them. */
export const WORKER_VARIABLES = [
  {
    name: 'TEMPORAL_ADDRESS',
    fallback: '127.0.0.1:7233',
    meaning: 'host:port of the Temporal server',
  },
  { name: 'TEMPORAL_NAMESPACE', fallback: 'default', meaning: 'Temporal namespace' },
  { name: 'TEMPORAL_API_KEY', fallback: 'none', meaning: 'API key; turns TLS on' },
  {
    name: 'TEMPORAL_TLS',
    fallback: 'off',
    meaning: 'TLS; more of it by TEMPORAL_TLS_*, as the temporal CLI reads them',
  },
  { name: 'TEMPORAL_PROFILE', fallback: 'default', meaning: 'profile in temporal.toml' },
  {
    name: 'TEMPORAL_CONFIG_FILE',
    fallback: '~/.config/temporalio/temporal.toml',
    meaning: 'where temporal.toml is',
  },
  {
    name: 'KUBECONFIG',
    fallback: '~/.kube/config',
    meaning: 'kubeconfig files with the contexts of the clusters',
  },
  {
    name: 'MESHWRIGHT_HOME',
    fallback: '~/.local/share/meshwright',
    meaning: 'root keys and the database of `server`',
  },
  {
    name: 'MESHWRIGHT_CACHE',
    fallback: '~/.cache/meshwright',
    meaning: 'what can be made again: bundles, tools',
  },
  {
    name: 'MESHWRIGHT_ISTIOCTL',
    fallback: 'none',
    meaning: 'istioctl binaries to look at first; the version decides',
  },
  {
    name: 'MESHWRIGHT_ALLOWED_EXEC',
    fallback: 'none',
    meaning: 'credential plugins a kubeconfig may run, absolute paths',
  },
  {
    name: 'MESHWRIGHT_NAME_SERVERS',
    fallback: "this machine's",
    meaning:
      'who is asked for host names of load balancers: addresses with or without port, commas between',
  },
  {
    name: 'MESHWRIGHT_PAYLOAD_KEYS',
    fallback: 'none',
    meaning: 'file of keys: what goes to Temporal is encrypted with the first, read with all',
  },
  {
    name: 'MESHWRIGHT_LOG_LEVEL',
    fallback: 'warn',
    meaning: `log on stderr: ${LOG_LEVELS.join(', ')}`,
  },
] as const;
