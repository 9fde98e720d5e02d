import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { startIdentity } from './process-identity.ts'

const isAlive = (holder: string): boolean => {
  const [pid, identity] = holder.split('\n')
  return identity !== undefined && startIdentity.ofProcess(Number(pid)) === identity
}

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Linking is atomic and fails when the name is taken, so the lock file is never seen half written. */
const tryLink = (file: string, whole: string): boolean => {
  try {
    linkSync(whole, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** In one go, so that whoever is interrupted while it waits leaves nothing behind. */
const tryTake = (file: string): boolean => {
  const mine = `${file}.${randomUUID()}`
  writeFileSync(mine, `${process.pid}\n${startIdentity.ofProcess(process.pid)}`)
  try {
    return tryLink(file, mine)
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Takes the lock of a dead process away; gives it back when somebody living was faster. */
const clearDead = (file: string, holder: string): void => {
  const aside = `${file}.${randomUUID()}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (read(aside) !== holder) tryLink(file, aside)
  rmSync(aside, { force: true })
}

/** Runs `work` while no other process holds the lock `file`. A lock left behind by a dead process does not count. */
export const withLock = async <Result>(
  file: string,
  work: () => Promise<Result>,
  onWait: () => void = () => {},
): Promise<Result> => {
  for (let waited = false; !tryTake(file); waited = true) {
    const holder = read(file)
    if (holder !== undefined && !isAlive(holder)) {
      clearDead(file, holder)
      continue
    }
    if (!waited) onWait()
    await sleep(200)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
