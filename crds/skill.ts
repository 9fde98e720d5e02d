import * as z from 'zod'
import { gitShape } from './git.ts'
import { listMap, listSet, matches, withRules } from './rules.ts'
import { DnsLabel } from './scalars.ts'

const SkillName = withRules(
  z.string().max(128),
  matches(
    /^[A-Za-z0-9_][-A-Za-z0-9._]*$/,
    'must be the name of one directory: letters, digits, ., _ and -, without a slash',
  ),
)

/** A repository of skills: directories with a SKILL.md. */
export const SkillSource = z.object({
  name: DnsLabel.describe('Name of the source, unique in its list; the skills are found in /skills/<name>.'),
  git: z
    .object({
      ...gitShape,
      names: listSet(z.array(SkillName).max(64))
        .exactOptional()
        .describe('Which directories below path to take; every one if unset.'),
    })
    .describe('The repository.'),
})
export type SkillSource = z.infer<typeof SkillSource>

export const Skills = listMap(z.array(SkillSource).max(32), 'name')
