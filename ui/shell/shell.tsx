import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { post, read } from '../api/client.ts'
import { useLiveState } from '../live/use.tsx'
import { keys, startKeys } from './keys.ts'
import { link, namespaceHere, navigate, setQuery, useAddress } from './router.ts'
import { chooseTheme, storedTheme, themes } from './themes.ts'

const pages = [
  { part: undefined, title: 'Overview' },
  { part: 'tasks', title: 'Tasks' },
  { part: 'agents', title: 'Agents' },
  { part: 'crontasks', title: 'CronTasks' },
  { part: 'agenttemplates', title: 'Templates' },
  { part: 'config', title: 'Settings' },
]

const states = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Reconnecting',
  refused: 'Not allowed',
}

const Connection = () => {
  const state = useLiveState()
  return (
    <span class={`connection ${state}`} role="status" title="Changes arrive by themselves while this says Live">
      {states[state]}
    </span>
  )
}

/** Another namespace has other objects: from the page of one of them the way is to their list. */
const choose = (namespace: string, parts: readonly string[]): void => {
  if (parts.length > 1) navigate(link(parts.slice(0, 1), { namespace: namespace || undefined }))
  else setQuery({ namespace: namespace || undefined })
}

/** Those the reader may list; who may not list any can still name one. */
const Namespaces = () => {
  const [names, setNames] = useState<readonly string[]>()
  const { parts } = useAddress()
  const chosen = namespaceHere() ?? ''
  useEffect(() => {
    read<{ items: readonly { name: string }[] }>('/api/v1/namespaces').then(
      ({ items }) => setNames(items.map(({ name }) => name)),
      () => setNames([]),
    )
  }, [])
  if (names?.length === 0)
    return (
      <input
        class="field namespace"
        aria-label="Namespace"
        placeholder="Namespace"
        spellcheck={false}
        value={chosen}
        onChange={(event) => choose(event.currentTarget.value.trim(), parts)}
      />
    )
  return (
    <select
      class="field namespace"
      aria-label="Namespace"
      value={chosen}
      onChange={(event) => choose(event.currentTarget.value, parts)}
    >
      <option value="">All namespaces</option>
      {[...new Set([...(names ?? []), ...(chosen ? [chosen] : [])])].toSorted().map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

const ThemeSwitch = () => {
  const [theme, setTheme] = useState(storedTheme)
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  return (
    <button
      type="button"
      class="button small quiet"
      title={`Colours: ${theme}. Press for ${next}.`}
      onClick={() => {
        chooseTheme(next)
        setTheme(next)
      }}
    >
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.500" />
        <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
      </svg>
      <span class="unseen">Colours: </span>
      <span class="theme-word">{theme}</span>
    </button>
  )
}

const Help = ({ onClose }: { onClose: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {keys.map(({ keys: pressed, does }) => (
          <div key={does}>
            <dt>
              {pressed.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  )
}

/** What stands around every page. */
export const Shell = ({
  username,
  onLogout,
  children,
}: {
  username: string | undefined
  onLogout: () => void
  children: ComponentChildren
}) => {
  const { parts } = useAddress()
  const here = parts[0] === 'new' ? parts[1] : parts[0]
  const [isHelp, setIsHelp] = useState(false)
  useEffect(() => startKeys(() => setIsHelp(true)), [])
  // On a narrow screen the names of the pages are wider than it is.
  useEffect(
    () => document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }),
    [here],
  )
  const logout = async (): Promise<void> => {
    await post('/api/v1/logout').catch(() => {})
    onLogout()
  }
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
      >
        Skip to the content
      </a>
      <header class="side">
        <a class="brand" href={link([])}>
          <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
            <rect width="16" height="16" rx="4" fill="var(--accent)" />
            <path
              d="M4.500 5 7 8l-2.500 3M8.500 11h3"
              stroke="#fff"
              stroke-width="1.600"
              fill="none"
              stroke-linecap="round"
              stroke-linejoin="round"
            />
          </svg>
          KubeOpenCode
        </a>
        <Namespaces />
        <nav aria-label="Pages">
          {pages.map(({ part, title }) => (
            <a
              key={title}
              class="nav"
              href={link(part === undefined ? [] : [part])}
              aria-current={here === part ? (parts.length > 1 ? 'true' : 'page') : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <div class="foot">
          <Connection />
          <div class="foot-buttons">
            <ThemeSwitch />
            <button
              type="button"
              class="button small quiet"
              aria-label="Keys"
              title="Keys"
              onClick={() => setIsHelp(true)}
            >
              ?
            </button>
          </div>
          {username !== undefined && (
            <div class="user">
              <span class="faint" title={username}>
                {username.split(':').at(-1)}
              </span>
              <button type="button" class="button small quiet" onClick={() => void logout()}>
                Log out
              </button>
            </div>
          )}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      {isHelp && <Help onClose={() => setIsHelp(false)} />}
    </div>
  )
}
