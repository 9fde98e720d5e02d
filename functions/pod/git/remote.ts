/** What a remote has now, without fetching any of it. */
import { HelperFault } from '../helper.ts'
import { isCommit, mayBeShortCommit, type Git } from './clone.ts'
import type { GitInputs } from './inputs.ts'

export type RemoteHead = {
  /** Full name to fetch it by. */
  readonly name: string
  /** The commit; of an annotated tag, the one it stands for. */
  readonly commit: string
}

/** Names that `ref` may stand for, in the order in which git-init looks for it. */
const namesOf = (ref: string): readonly string[] =>
  ref === 'HEAD' || ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`]

/**
 * Asks the remote for `ref`: a branch before a tag of the same name, so that a ref may become the other. Undefined for a
 * commit, which never changes. Throws GitError, or HelperFault where the ref is gone.
 */
export const remoteHead = async (
  git: Git,
  /** A directory that is no repository. */
  cwd: string,
  { repository, ref }: Pick<GitInputs, 'repository' | 'ref'>,
): Promise<RemoteHead | undefined> => {
  if (isCommit(ref)) return undefined
  const names = namesOf(ref)
  const answer = await git(
    cwd,
    'ls-remote',
    '--quiet',
    '--',
    repository,
    ...names.flatMap((name) => [name, `${name}^{}`]),
  )
  const found = new Map(
    answer.split('\n').flatMap((line): [string, string][] => {
      const [commit = '', name = ''] = line.split('\t')
      return isCommit(commit) ? [[name, commit]] : []
    }),
  )
  for (const name of names) {
    const commit = found.get(`${name}^{}`) ?? found.get(name)
    if (commit !== undefined) return { name, commit }
  }
  if (mayBeShortCommit(ref)) return undefined
  throw new HelperFault(
    `Git repository ${repository} has no branch or tag "${ref}" any more; the agent keeps what it has. Correct ref.`,
  )
}
