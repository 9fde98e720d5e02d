import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Durations } from './progress.ts'

/** Seconds on a machine with two cores; replaced by what this machine really took once it is known. */
const firstGuess: Record<string, number> = {
  'build kubernetes': 360,
  'build etcd': 35,
  'build coredns': 130,
  'build helm': 100,
  'build pause': 5,
  'download kubernetes': 60,
  'install container tools': 10,
  'start the control plane': 5,
  'start the node': 8,
}

/** Keeps durations in `folder/durations.json`, so that the second run knows how long the first one took. */
export const durationsIn = (folder: string): Durations => {
  const file = join(folder, 'durations.json')
  const read = (): Record<string, number> => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
    } catch {
      return {}
    }
  }
  const known = read()
  return {
    // A step may end in a version; a new version takes as long as a first time.
    estimate: (step) => known[step] ?? firstGuess[step] ?? firstGuess[step.replace(/ v[\d.]+$/, '')],
    record(step, seconds) {
      known[step] = Math.round(seconds * 10) / 10
      mkdirSync(folder, { recursive: true })
      writeFileSync(`${file}.${process.pid}`, JSON.stringify({ ...read(), [step]: known[step] }, undefined, 2))
      renameSync(`${file}.${process.pid}`, file)
    },
  }
}
