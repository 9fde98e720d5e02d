import type { ComponentChildren } from 'preact'

type Tone = 'ask' | 'good' | 'bad' | 'work' | 'wait' | 'rest'

const ring = <circle cx="8" cy="8" r="5.500" fill="none" stroke="currentColor" stroke-width="1.500" />
const shapes: Readonly<Record<string, ComponentChildren>> = {
  ring,
  dashes: (
    <circle
      cx="8"
      cy="8"
      r="5.500"
      fill="none"
      stroke="currentColor"
      stroke-width="1.500"
      stroke-dasharray="2.200 2.200"
    />
  ),
  half: (
    <>
      {ring}
      <path d="M8 4.800a3.200 3.200 0 0 1 0 6.400z" fill="currentColor" />
    </>
  ),
  check: (
    <>
      <circle cx="8" cy="8" r="6.500" fill="currentColor" />
      <path
        d="m5.200 8.200 2 2 3.600-4"
        fill="none"
        stroke="var(--surface)"
        stroke-width="1.600"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </>
  ),
  cross: (
    <>
      <rect x="1.800" y="1.800" width="12.400" height="12.400" rx="3.400" fill="currentColor" />
      <path
        d="m5.600 5.600 4.800 4.800m0-4.800-4.800 4.800"
        stroke="var(--surface)"
        stroke-width="1.600"
        stroke-linecap="round"
      />
    </>
  ),
  dot: <circle cx="8" cy="8" r="4.500" fill="currentColor" />,
  triangle: (
    <path d="M8 2.500 14 13H2z" fill="none" stroke="currentColor" stroke-width="1.500" stroke-linejoin="round" />
  ),
  pause: <path d="M5.500 3.500v9m5-9v9" stroke="currentColor" stroke-width="2.400" stroke-linecap="round" />,
  question: (
    <>
      <circle cx="8" cy="8" r="6.500" fill="currentColor" />
      <path
        d="M6.200 6.400a1.900 1.900 0 1 1 2.600 1.800c-.6.3-.8.6-.8 1.200"
        fill="none"
        stroke="var(--surface)"
        stroke-width="1.500"
        stroke-linecap="round"
      />
      <circle cx="8" cy="11.500" r=".9" fill="var(--surface)" />
    </>
  ),
  stop: (
    <rect x="3.500" y="3.500" width="9" height="9" rx="1.500" fill="none" stroke="currentColor" stroke-width="1.500" />
  ),
  clock: (
    <>
      {ring}
      <path d="M8 5v3.300l2 1.200" fill="none" stroke="currentColor" stroke-width="1.500" stroke-linecap="round" />
    </>
  ),
}

interface Look {
  readonly shape: keyof typeof shapes
  readonly tone: Tone
}

const looks: Readonly<Record<string, Look>> = {
  Pending: { shape: 'ring', tone: 'wait' },
  Queued: { shape: 'dashes', tone: 'wait' },
  Asking: { shape: 'question', tone: 'ask' },
  Running: { shape: 'half', tone: 'work' },
  Completed: { shape: 'check', tone: 'good' },
  Stopped: { shape: 'stop', tone: 'rest' },
  Failed: { shape: 'cross', tone: 'bad' },
  Ready: { shape: 'dot', tone: 'good' },
  'Not ready': { shape: 'triangle', tone: 'wait' },
  Suspended: { shape: 'pause', tone: 'rest' },
  Standby: { shape: 'pause', tone: 'rest' },
  Invalid: { shape: 'cross', tone: 'bad' },
  Scheduled: { shape: 'clock', tone: 'good' },
  Unknown: { shape: 'ring', tone: 'rest' },
}

const lookOf = (state: string): Look => looks[state] ?? { shape: 'ring', tone: 'rest' }

export const Shape = ({ state }: { state: string }) => {
  const { shape, tone } = lookOf(state)
  return (
    <svg class={`shape tone-${tone}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {shapes[shape]}
    </svg>
  )
}

/** A state by its word, its shape and its colour. */
export const Badge = ({ state }: { state: string }) => (
  <span class={`badge tone-${lookOf(state).tone}`}>
    <Shape state={state} />
    <span class="badge-word">{state}</span>
  </span>
)
