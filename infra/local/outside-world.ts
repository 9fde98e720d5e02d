/** What lies outside of a cluster that has no way outside, for tests: every host there is, behind one forward proxy. */
import { startForwardProxy } from './forward-proxy.ts'
import { startGitServer } from './git-server.ts'
import type { RepositorySeed } from './git-seed.ts'

/** Repositories and files by their paths, whatever host is asked for them; and who may see the private ones. */
export interface World {
  readonly seeds: readonly RepositorySeed[]
  readonly files: Readonly<Record<string, string>>
  readonly private: { readonly below: readonly string[]; readonly username: string; readonly password: string }
}

export interface OutsideWorldOptions {
  /** Folder of the bare repositories. */
  readonly root: string
  readonly world: World
  /** PEM texts: of the one certificate that all hosts show. */
  readonly tls: { readonly key: string; readonly cert: string }
  /** Port of the proxy. */
  readonly port: number
}

/** Starts the proxy; it prints a line for each thing it is asked for, as `CONNECT host:port` or `GET http://host/path`. */
export const startOutsideWorld = async ({ root, world, tls, port }: OutsideWorldOptions): Promise<void> => {
  const { seeds, files, private: auth } = world
  const server = await startGitServer({ root, seeds, files, auth, tls })
  await startForwardProxy({
    port,
    hostname: '0.0.0.0',
    tunnelPort: server.port,
    onSeen: (what) => console.log(what),
  })
}
