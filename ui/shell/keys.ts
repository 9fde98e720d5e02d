import { link, navigate } from './router.ts'

export const keys: readonly { readonly keys: readonly string[]; readonly does: string; readonly to?: string }[] = [
  { keys: ['g', 'o'], does: 'Overview', to: '' },
  { keys: ['g', 't'], does: 'Tasks', to: 'tasks' },
  { keys: ['g', 'a'], does: 'Agents', to: 'agents' },
  { keys: ['g', 'c'], does: 'CronTasks', to: 'crontasks' },
  { keys: ['g', 'm'], does: 'Templates', to: 'agenttemplates' },
  { keys: ['g', 's'], does: 'Settings', to: 'config' },
  { keys: ['n'], does: 'New, of what is listed' },
  { keys: ['/'], does: 'Search what is listed' },
  { keys: ['j'], does: 'Next in the list' },
  { keys: ['k'], does: 'The one before' },
  { keys: ['?'], does: 'These keys' },
]

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const focusSearch = (): boolean => {
  const search = document.querySelector<HTMLInputElement>('input[type=search]')
  search?.focus()
  search?.select()
  return search !== null
}

const step = (by: 1 | -1): void => {
  const rows = [...document.querySelectorAll<HTMLElement>('a.row')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus()
}

/** How long a g waits for its second letter. */
const patienceMs = 1_200

/** Keys of the whole page; none of them works while somebody types. */
export const startKeys = (showHelp: () => void): (() => void) => {
  let begun = -Infinity
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    // A terminal has use for Escape itself.
    const isInTerminal = event.target instanceof Element && event.target.closest('.terminal-box') !== null
    if (event.key === 'Escape' && isTyping(event.target) && !isInTerminal) (event.target as HTMLElement).blur()
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return
    if (event.timeStamp - begun < patienceMs) {
      begun = -Infinity
      const found = keys.find((one) => one.keys[0] === 'g' && one.keys[1] === event.key)
      if (found?.to === undefined) return
      event.preventDefault()
      navigate(link(found.to === '' ? [] : [found.to]))
      return
    }
    if (event.key === 'n') document.querySelector<HTMLAnchorElement>('a.button.primary[href*="/new/"]')?.click()
    else if (event.key === 'g') begun = event.timeStamp
    else if (event.key === 'j') step(1)
    else if (event.key === 'k') step(-1)
    else if (event.key === '?') showHelp()
    else if (event.key === '/') {
      event.preventDefault()
      if (focusSearch()) return
      navigate(link(['tasks']))
      requestAnimationFrame(() => focusSearch())
    }
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}
