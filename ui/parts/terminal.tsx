import { useRef, useState } from 'preact/hooks'
import { useRights } from '../api/rights.ts'
import type { ScreenProps } from '../terminal/screen.tsx'
import { lazy } from './lazy.tsx'
import { Section } from './pieces.tsx'

const Screen = lazy<ScreenProps>(async () => (await import('../terminal/screen.tsx')).default)

/** The terminal of an Agent, opened when somebody asks for it: it keeps the Agent awake while it is open. */
export const TerminalSection = ({
  namespace,
  name,
  isSuspended,
}: {
  namespace: string
  name: string
  isSuspended: boolean
}) => {
  const [isOpen, setIsOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const mayOpen = useRights(namespace)('create pods/exec')
  return (
    <Section
      title="Terminal"
      aside={
        <button
          ref={button}
          type="button"
          class="button small"
          disabled={mayOpen !== true && !isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? 'Close the terminal' : 'Open a terminal'}
        </button>
      }
    >
      {isOpen ? (
        <Screen namespace={namespace} name={name} onLeave={() => button.current?.focus()} />
      ) : (
        <p class="faint">
          {mayOpen === false
            ? `A terminal needs the right to create pods/exec in ${namespace}.`
            : `OpenCode itself, in the server of this Agent${isSuspended ? '; opening it wakes the Agent' : ''}.`}
        </p>
      )}
    </Section>
  )
}
