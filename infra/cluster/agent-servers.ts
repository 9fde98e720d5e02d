import type { GitSyncs, ServerPasswords, Sessions } from '../../shared/ports.ts'
import { createGitSyncs } from './git-syncs.ts'
import type { Connection } from './rest.ts'
import { sender } from './rest.ts'
import { createSessions } from './sessions.ts'

export interface AgentServers {
  readonly sessions: Sessions
  readonly gitSyncs: GitSyncs
  readonly passwords: ServerPasswords
}

/** What is asked of the servers of Agents, all of it through the apiserver's proxies. */
export const agentServers = (connection: Connection, passwords: ServerPasswords): AgentServers => {
  const send = sender(connection)
  return { sessions: createSessions(send, passwords), gitSyncs: createGitSyncs(send), passwords }
}
