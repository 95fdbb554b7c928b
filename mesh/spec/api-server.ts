/** Takes the host out of an `https://host:port` URL, lower-case and without brackets; null when there is none. */
export function hostOfServer(server: string): string | null {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^:/?#]+)/i.exec(server.trim());
  return match?.[1] === undefined ? null : match[1].replace(/^\[|\]$/g, '').toLowerCase();
}

/**
 * Tells whether a server's address means the caller itself: loopback (127/8, `::1`, `localhost`), or the unspecified
 * address (`0.0.0.0`, `::`), IPv4 inside IPv6 included. What another cluster dials under such an address is never the server.
 */
export function isLoopbackServer(server: string): boolean {
  const host = hostOfServer(server)?.replace(/\.$/, '');
  if (host === undefined) return false;
  if (host === 'localhost' || host.endsWith('.localhost') || host === 'localhost.localdomain')
    return true;
  if (host.includes(':')) return isLoopbackIpv6(host);
  return /^(127|0)(\.\d+){3}$/.test(host);
}

function isLoopbackIpv6(host: string): boolean {
  const mapped = /^(?:0*:)*:?(?:ffff:)?(\d+(?:\.\d+){3})$/.exec(host);
  if (mapped?.[1] !== undefined) return /^(127|0)\./.test(mapped[1]);
  if (/^(?:0*:)*:?ffff:(?:7f[0-9a-f]{2}|0{1,4}):[0-9a-f]{1,4}$/.test(host)) return true;
  return /^[0:]*:0*[01]?$/.test(host);
}
