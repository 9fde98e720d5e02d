/**
 * How an Agent's server is reached where it has a password: OpenCode itself asks for Basic auth. The apiserver's service
 * proxy drops that header, so a guard on a port of its own takes the password in another one.
 */

/** User that OpenCode's Basic auth expects beside the password. */
export const serverUser = 'opencode'

/** The Secret that holds the password of an Agent's server. */
export const serverAuthSecretName = (agent: string): string => `${agent}-server-auth`

/** Key of the password in that Secret. */
export const serverPasswordKey = 'password'

/** Name of the guard's port, in the Agent's Service and in its Pod. */
export const guardPortName = 'guard'

/** Header that carries the password to the guard. */
export const serverPasswordHeader = 'x-kubeopencode-password'

/** Answered by the guard without a password: whether OpenCode answers, and no more. */
export const guardHealthPath = '/healthz'

/** The variable that OpenCode's server and its clients read the password from, and the one they read the user from. */
export const serverPasswordName = 'OPENCODE_SERVER_PASSWORD'
export const serverUserName = 'OPENCODE_SERVER_USERNAME'

/** SHA-256 of the password that was made for this server, so that nothing starts with one that somebody else made. */
export const serverPasswordDigestName = 'KUBEOPENCODE_PASSWORD_SHA256'
