/** Resolves host names of load balancers with the worker's own resolver. */
export interface HostResolver {
  /** IP addresses of a host name, sorted; empty when it does not resolve (yet). */
  resolve(hostname: string): Promise<string[]>;
}
