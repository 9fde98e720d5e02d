/** Where a Pod has what is not the workspace's; nothing of a user's is mounted in these. */
export const toolsDir = '/tools'
export const gitDir = '/git'
export const skillsDir = '/skills'
export const pluginsDir = '/plugins'
export const caDirectory = '/etc/ssl/certs/custom-ca'
export const caPath = `${caDirectory}/tls.crt`
