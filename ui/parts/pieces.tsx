import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Condition } from '../api/types.ts'
import { Ago } from './times.tsx'

export const Heading = ({
  title,
  lead,
  children,
}: {
  title: ComponentChildren
  lead?: ComponentChildren
  children?: ComponentChildren
}) => (
  <header class="heading">
    <div class="heading-text">
      <h1 tabIndex={-1}>{title}</h1>
      {lead && <div class="lead">{lead}</div>}
    </div>
    {children}
  </header>
)

export const Section = ({
  title,
  aside,
  children,
}: {
  title: string
  aside?: ComponentChildren
  children: ComponentChildren
}) => (
  <section class="section">
    <div class="section-head">
      <h2>{title}</h2>
      {aside && <div class="section-aside">{aside}</div>}
    </div>
    {children}
  </section>
)

/** Facts in pairs; what is undefined is left out. */
export const Facts = ({ facts }: { facts: Readonly<Record<string, ComponentChildren>> }) => (
  <dl class="facts">
    {Object.entries(facts).flatMap(([name, value]) =>
      value === undefined || value === null || value === false
        ? []
        : [
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>,
          ],
    )}
  </dl>
)

export const Problem = ({ text }: { text: string | undefined }) =>
  text === undefined ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  )

/** Holds the place of what is on its way, so that nothing moves when it comes. */
export const Waiting = ({ rows = 6 }: { rows?: number }) => (
  <div class="waiting" role="status">
    <span class="unseen">Loading</span>
    {Array.from({ length: rows }, (_, index) => (
      <div key={index} class="waiting-row" />
    ))}
  </div>
)

export const Copy = ({ text, label = 'Copy' }: { text: string; label?: string }) => {
  const [isDone, setIsDone] = useState(false)
  // Browsers give the clipboard to pages that came over TLS or from this machine.
  if (!isSecureContext) return null
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setIsDone(true)
    setTimeout(() => setIsDone(false), 1500)
  }
  return (
    <button type="button" class="button small" onClick={() => void copy().catch(() => {})}>
      <span aria-live="polite">{isDone ? 'Copied' : label}</span>
    </button>
  )
}

export const Yaml = ({ text }: { text: string }) => (
  <div class="yaml">
    <Copy text={text} />
    <pre tabIndex={0} role="region" aria-label="YAML">
      {text}
    </pre>
  </div>
)

/** What stands where there is nothing yet: what it would be, and how to make one. */
export const Empty = ({ title, children, yaml }: { title: string; children: ComponentChildren; yaml?: string }) => (
  <div class="empty">
    <h2>{title}</h2>
    <p>{children}</p>
    {yaml && <Yaml text={yaml} />}
  </div>
)

export const Conditions = ({ conditions }: { conditions: readonly Condition[] | undefined }) =>
  !conditions || conditions.length === 0 ? (
    <p class="faint">Nothing is known of it yet.</p>
  ) : (
    <ul class="conditions">
      {conditions.map(({ type, status, reason, message, lastTransitionTime }) => (
        <li key={type}>
          <div class="condition-head">
            <strong>{type}</strong>
            <span class="chip">{status}</span>
            <span class="faint">{reason}</span>
            <span class="faint push">
              <Ago at={lastTransitionTime} />
            </span>
          </div>
          {message && <p>{message}</p>}
        </li>
      ))}
    </ul>
  )
