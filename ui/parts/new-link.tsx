import type { Plural } from '../api/types.ts'
import { link } from '../shell/router.ts'

const words: Readonly<Record<Plural, string>> = {
  tasks: 'New Task',
  agents: 'New Agent',
  crontasks: 'New CronTask',
  agenttemplates: 'New template',
}

/** The way to the form of a kind, with what is known already. */
export const NewLink = ({
  plural,
  label = words[plural],
  known = {},
}: {
  plural: Plural
  label?: string
  known?: Readonly<Record<string, string>>
}) => (
  <a class="button primary" href={link(['new', plural], known)}>
    {label}
  </a>
)
