import { render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { onUnauthorized, read } from './api/client.ts'
import { LiveObjects } from './live/use.tsx'
import { AgentPage } from './pages/agent.tsx'
import { Agents } from './pages/agents.tsx'
import { AgentTemplatePage } from './pages/agent-template.tsx'
import { AgentTemplates } from './pages/agent-templates.tsx'
import { ConfigPage } from './pages/config.tsx'
import { CronTaskPage } from './pages/cron-task.tsx'
import { CronTasks } from './pages/cron-tasks.tsx'
import type { LoginState } from './pages/login.tsx'
import { Login } from './pages/login.tsx'
import { Overview } from './pages/overview.tsx'
import { TaskPage } from './pages/task.tsx'
import { Tasks } from './pages/tasks.tsx'
import { lazy } from './parts/lazy.tsx'
import { Empty, Problem, Waiting } from './parts/pieces.tsx'
import { link, navigate, setQuery, startRouter, useAddress } from './shell/router.ts'
import { Shell } from './shell/shell.tsx'

const CreatePage = lazy(async () => (await import('./pages/create.tsx')).default)

const titles: Readonly<Record<string, string>> = {
  tasks: 'Tasks',
  agents: 'Agents',
  crontasks: 'CronTasks',
  agenttemplates: 'Agent templates',
  config: 'Settings',
  new: 'New',
}

const Page = () => {
  const { parts } = useAddress()
  const [plural = '', namespace, name] = parts
  useEffect(() => {
    document.title = [name, titles[plural] ?? 'Overview', 'KubeOpenCode'].filter(Boolean).join(' · ')
  }, [plural, name])
  const isOne = namespace !== undefined && name !== undefined && parts.length === 3
  if (parts.length === 0) return <Overview />
  if (plural === 'tasks' && parts.length === 1) return <Tasks />
  if (plural === 'agents' && parts.length === 1) return <Agents />
  if (plural === 'crontasks' && parts.length === 1) return <CronTasks />
  if (plural === 'agenttemplates' && parts.length === 1) return <AgentTemplates />
  if (plural === 'config' && parts.length === 1) return <ConfigPage />
  if (plural === 'new' && namespace !== undefined && parts.length === 2) return <CreatePage plural={namespace} />
  if (isOne && plural === 'tasks') return <TaskPage key={parts.join('/')} namespace={namespace} name={name} />
  if (isOne && plural === 'agents') return <AgentPage key={parts.join('/')} namespace={namespace} name={name} />
  if (isOne && plural === 'crontasks') return <CronTaskPage key={parts.join('/')} namespace={namespace} name={name} />
  if (isOne && plural === 'agenttemplates')
    return <AgentTemplatePage key={parts.join('/')} namespace={namespace} name={name} />
  return (
    <Empty title="There is no such page">
      The address leads nowhere. <a href={link([])}>Go to the overview</a>.
    </Empty>
  )
}

const App = () => {
  const { parts, query } = useAddress()
  const [login, setLogin] = useState<LoginState>()
  const [problem, setProblem] = useState<string>()
  const isEverywhere = useRef(false)
  const ask = async (): Promise<void> => {
    try {
      setLogin(await read<LoginState>('/api/v1/login'))
      setProblem(undefined)
    } catch (error) {
      setProblem((error as Error).message)
      setTimeout(() => void ask(), 2_000)
    }
  }
  useEffect(() => void ask(), [])
  useEffect(() => onUnauthorized(() => setLogin((now) => now && { mode: now.mode })), [])
  useEffect(() => {
    if (!login?.user) return
    if (parts[0] === 'login') navigate(link([]), { isReplaced: true })
    else if (parts.length === 3 && !isEverywhere.current && query.get('namespace') !== parts[1])
      setQuery({ namespace: parts[1] })
  })
  if (!login)
    return (
      <main id="main" class="login">
        <h1 tabIndex={-1}>KubeOpenCode</h1>
        {problem ? <Problem text={problem} /> : <Waiting rows={2} />}
      </main>
    )
  if (!login.user) return <Login onDone={() => void ask()} />
  const isOne = parts.length === 3
  const chosen = query.get('namespace') || undefined
  if (!isOne) isEverywhere.current = chosen === undefined
  // Whoever comes by a link may see that one namespace only; whoever comes from the list of all goes on seeing all.
  const scope = isOne && !(isEverywhere.current && chosen === undefined) ? parts[1] : chosen
  return (
    <LiveObjects namespace={scope}>
      <Shell username={login.user.username} onLogout={() => setLogin({ mode: login.mode })}>
        <Page />
      </Shell>
    </LiveObjects>
  )
}

startRouter()
const root = document.getElementById('app')
if (root) render(<App />, root)
