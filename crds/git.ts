import * as z from 'zod'
import { LocalRef } from './metadata.ts'
import { RepositoryPath } from './paths.ts'
import { matches, matchesNot, withRules } from './rules.ts'

const HOST = String.raw`([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])`
const USER = String.raw`[A-Za-z0-9_][-A-Za-z0-9._]*`

/** Every form starts with a known scheme or user and a host that is no option, so git never reads it as anything else. */
const REPOSITORY = new RegExp(
  `^(https?://([^/@]*@)?${HOST}(:[0-9]+)?/[!-~]+|ssh://(${USER}@)?${HOST}(:[0-9]+)?/[!-~]+|git@${HOST}:[A-Za-z0-9._~/][!-~]*)$`,
)

export const Repository = withRules(
  z.string().max(2048),
  matches(
    REPOSITORY,
    'must be a Git URL of the form https://host/path, http://host/path, ssh://host/path or git@host:path',
  ),
  matchesNot(/^https?:\/\/[^/]*@/, 'must not contain credentials: put them in a Secret and name it in secretRef'),
)

/** https://git-scm.com/docs/git-check-ref-format, plus: it is never an option. */
export const Ref = withRules(
  z.string().max(255),
  matches(
    /^[^-\x00-\x20\x7f~^:?*[\\][^\x00-\x20\x7f~^:?*[\\]*$/,
    "must be a branch, a tag or a commit SHA: it cannot start with '-' or contain spaces or any of ~^:?*[\\",
  ),
  matchesNot(
    /\.\.|@\{|\/\/|\/$|\.$/,
    "must be a branch, a tag or a commit SHA: leave out '..', '@{', '//' and a '/' or '.' at the end",
  ),
)

/** What a Git context and a skill have in common. */
export const gitShape = {
  repository: Repository.describe('Where to clone from: https://, http://, ssh:// or git@.'),
  path: RepositoryPath.exactOptional().describe('File or directory inside of the repository; everything if unset.'),
  ref: Ref.default('HEAD').describe('Branch, tag or commit SHA.'),
  depth: z.int32().min(0).default(1).describe('How many commits of history to clone; 0 is all of it.'),
  recurseSubmodules: z.boolean().default(false).describe('Whether to clone submodules too.'),
  secretRef: LocalRef.exactOptional().describe(
    'Secret with username and password, or with ssh-privatekey and optionally known_hosts.',
  ),
}
