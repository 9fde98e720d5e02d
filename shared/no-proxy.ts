const entriesOf = (noProxy: string): string[] =>
  noProxy
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

/**
 * `noProxy` with the suffixes of in-cluster names, which never go through a proxy; other entries stay in their order.
 * Saying it twice changes nothing.
 */
export const withClusterSuffixes = (noProxy: string | undefined, clusterDomain: string): string =>
  [...new Set([...entriesOf(noProxy ?? ''), '.svc', `.${clusterDomain}`])].join(',')

/**
 * The same for a Pod, whose own loopback is behind no proxy either: programs that follow HTTP_PROXY to the letter, as
 * OpenCode's Bun does, would look for their neighbours in the same Pod at the proxy.
 */
export const reachedDirectly = (noProxy: string | undefined, clusterDomain: string): string =>
  [...new Set([...entriesOf(withClusterSuffixes(noProxy, clusterDomain)), 'localhost', '127.0.0.1'])].join(',')
