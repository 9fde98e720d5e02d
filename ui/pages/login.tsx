import type { TargetedEvent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { forgetRights } from '../api/rights.ts'
import { base, post, read } from '../api/client.ts'
import { Problem, Waiting } from '../parts/pieces.tsx'

export interface LoginState {
  readonly mode: 'token' | 'local'
  readonly user?: { readonly username: string }
  /** The identity provider, where one is configured. */
  readonly oidc?: { readonly issuer: string; readonly path: string }
}

const words = {
  token: {
    label: 'Token',
    help: (
      <>
        Any token that the cluster takes will do. One for a ServiceAccount:
        <code class="block">kubectl create token NAME -n NAMESPACE</code>
      </>
    ),
  },
  local: { label: 'Code', help: <>The terminal in which kubeoc ui runs shows the code. Each serves once.</> },
}

/** Where somebody is, for the way back from the provider. */
const page = (): string => `${location.pathname.slice(base.length) || '/'}${location.search}`

/** Proves who somebody is, once; the browser then holds a cookie that no script can read. */
export const Login = ({ onDone }: { onDone: () => void }) => {
  const [{ mode, oidc }, setState] = useState<Partial<LoginState>>({})
  const [secret, setSecret] = useState('')
  const [problem, setProblem] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  useEffect(() => {
    read<LoginState>('/api/v1/login').then(
      (state) => setState(state),
      (error: Error) => setProblem(error.message),
    )
  }, [])
  const send = async (): Promise<void> => {
    setIsBusy(true)
    setProblem(undefined)
    try {
      await post('/api/v1/login', mode === 'local' ? { code: secret } : { token: secret.trim() })
      forgetRights()
      setSecret('')
      onDone()
    } catch (error) {
      setProblem((error as Error).message)
    } finally {
      setIsBusy(false)
    }
  }
  const told = words[mode ?? 'token']
  const field = {
    id: 'secret',
    class: 'field',
    autocomplete: 'off',
    spellcheck: false,
    required: true,
    value: secret,
    onInput: (event: TargetedEvent<HTMLInputElement>) => setSecret(event.currentTarget.value),
  }
  return (
    <main id="main" class="login">
      <h1 tabIndex={-1}>KubeOpenCode</h1>
      {oidc && (
        <p>
          {/* With a target, so that the router leaves it to the browser. */}
          <a class="button primary" target="_self" href={`${base}${oidc.path}?page=${encodeURIComponent(page())}`}>
            Log in with {new URL(oidc.issuer).host}
          </a>
        </p>
      )}
      {mode === undefined ? (
        !problem && <Waiting rows={2} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void send()
          }}
        >
          <label for="secret">{told.label}</label>
          {mode === 'token' ? <input type="password" {...field} /> : <input type="text" {...field} />}
          <button type="submit" class="button primary" disabled={isBusy || secret.trim() === ''}>
            {isBusy ? 'Log in …' : 'Log in'}
          </button>
          <p class="faint">{told.help}</p>
        </form>
      )}
      <Problem text={problem} />
    </main>
  )
}
