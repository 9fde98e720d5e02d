/** What an image is made of, named so that it cannot change. */
import { hasDigest } from '../../shared/images.ts'

/**
 * The references of FROM that may name something else tomorrow: those without a digest, and those that are given from outside,
 * but for `ours`, the argument that names another image of this build.
 */
export const unpinnedBases = (dockerfile: string, ours?: string): string[] => {
  const values = new Map([...dockerfile.matchAll(/^ARG (\w+)=(\S+)/gm)].map(([, name, value]) => [name, value]))
  const stages = new Set([...dockerfile.matchAll(/^FROM .* AS (\S+)/gim)].map(([, name]) => name))
  return [...dockerfile.matchAll(/^FROM (?:--\S+ +)*(\S+)/gim)].flatMap(([, from = '']) => {
    const argument = /^\$\{?(\w+)\}?$/.exec(from)?.[1]
    if (from === 'scratch' || stages.has(from) || (argument !== undefined && argument === ours)) return []
    const reference = argument === undefined ? from : (values.get(argument) ?? from)
    return hasDigest(reference) ? [] : [reference]
  })
}

const DAY = 24 * 3600

/**
 * The moment of Debian's archive that a commit of `time` (seconds) is built with: the midnight before the day before it. It is
 * in the archive by then, and whoever builds the commit later gets the same. As https://snapshot.debian.org writes it.
 */
export const snapshotOf = (time: number): string =>
  new Date((Math.floor(time / DAY) - 1) * DAY * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '')
