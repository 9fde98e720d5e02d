/**
 * `noProxy` with the suffixes of in-cluster names, which never go through a proxy; other entries stay in their order.
 * Saying it twice changes nothing.
 */
export const withClusterSuffixes = (noProxy: string | undefined, clusterDomain: string): string => {
  const entries = (noProxy ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  return [...new Set([...entries, '.svc', `.${clusterDomain}`])].join(',')
}
