/** Git over ssh: the system's sshd as an ordinary user, for whoever has the key, to fetch and nothing else. */
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RepositorySeed, seedRepository } from './git-seed.ts'

export interface SshServerOptions {
  /** Folder with `host`, the server's private key, and `authorized.pub`, the public key of whoever may come in. */
  readonly keys: string
  /** Folder of the bare repositories; one is asked for by its whole path. */
  readonly root: string
  readonly seeds: readonly RepositorySeed[]
  readonly port: number
}

/** Starts the server; the returned promise is settled when it ends. */
export const startSshServer = async ({ keys, root, seeds, port }: SshServerOptions): Promise<void> => {
  for (const seed of seeds) await seedRepository(root, seed)
  const folder = join(root, '.ssh')
  mkdirSync(folder, { recursive: true })
  const hostKey = join(folder, 'host')
  // A key that others could read is refused.
  copyFileSync(join(keys, 'host'), hostKey)
  chmodSync(hostKey, 0o600)
  const authorized = readFileSync(join(keys, 'authorized.pub'), 'utf8').trim()
  writeFileSync(
    join(folder, 'authorized_keys'),
    `restrict,command="git -c safe.directory=* shell -c \\"$SSH_ORIGINAL_COMMAND\\"" ${authorized}\n`,
  )
  const config = join(folder, 'sshd_config')
  writeFileSync(
    config,
    [
      `Port ${port}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      `PidFile ${join(folder, 'pid')}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'StrictModes no',
      'UsePAM no',
      '',
    ].join('\n'),
  )
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'inherit' })
  await new Promise((resolve) => server.once('close', resolve))
}
