import { FitAddon } from '@xterm/addon-fit'
import type { ITheme } from '@xterm/xterm'
import { Terminal } from '@xterm/xterm'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TerminalConnection, TerminalState } from './connection.ts'
import { addressOf, connectTerminal } from './connection.ts'
import { openQuietly } from './quiet-styles.ts'

const words: Readonly<Record<TerminalState, string>> = {
  connecting: 'Connecting …',
  open: 'Connected',
  lost: 'The connection was lost; it is made anew …',
  ended: 'The terminal has ended',
}

/** The colours of the page, as a terminal needs them. */
const themeOf = (element: Element): ITheme => {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    background: colour('surface'),
    foreground: colour('text'),
    cursor: colour('accent-text'),
    cursorAccent: colour('surface'),
    selectionBackground: `${colour('accent')}55`,
    red: colour('bad'),
    green: colour('good'),
    yellow: colour('wait'),
    blue: colour('work'),
  }
}

/** Ctrl V pastes as everywhere else in a browser; the program gets the text, and not the key. */
const isPaste = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean =>
  key.toLowerCase() === 'v' && (ctrlKey || metaKey) && !altKey

const isCopy = ({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): boolean =>
  key.toLowerCase() === 'c' && ((ctrlKey && shiftKey) || metaKey)

/** What is drawn is kept for who looks back; OpenCode itself draws its own screen anew when somebody comes again. */
const scrollback = 5_000

export interface ScreenProps {
  readonly namespace: string
  readonly name: string
  readonly onLeave: () => void
}

/** OpenCode's own interface at an Agent's server. Loaded on demand: it brings the emulator along. */
const Screen = ({ namespace, name, onLeave }: ScreenProps) => {
  const box = useRef<HTMLDivElement>(null)
  const connection = useRef<TerminalConnection>(undefined)
  const [state, setState] = useState<{ state: TerminalState; says?: string | undefined }>({ state: 'connecting' })
  const leave = useRef(onLeave)
  leave.current = onLeave

  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const terminal = new Terminal({
      fontFamily: getComputedStyle(element).fontFamily,
      fontSize: 13,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      minimumContrastRatio: 4.5,
      scrollback,
      theme: themeOf(element),
      allowProposedApi: false,
    })
    const fit = new FitAddon()
    terminal.loadAddon(fit)
    const endQuiet = openQuietly(() => terminal.open(element))
    terminal.textarea?.setAttribute('aria-label', `Terminal of Agent ${name}. F6 leaves it.`)
    terminal.attachCustomKeyEventHandler((event) => {
      if (event.type !== 'keydown') return true
      // Everything else goes to the program, Tab and Escape too: without this nobody gets out by keyboard.
      if (event.key === 'F6') {
        event.preventDefault()
        leave.current()
        return false
      }
      if (isCopy(event) && terminal.hasSelection()) {
        event.preventDefault()
        void navigator.clipboard?.writeText(terminal.getSelection()).catch(() => {})
        return false
      }
      return !isPaste(event)
    })

    const encoder = new TextEncoder()
    const opened = connectTerminal(addressOf(namespace, name), {
      onBytes: (bytes) => terminal.write(bytes),
      onState: (now, says) => {
        if (now === 'connecting') terminal.reset()
        if (now === 'open') opened.resize(terminal.cols, terminal.rows)
        setState({ state: now, says })
      },
    })
    connection.current = opened
    terminal.onData((text) => opened.write(encoder.encode(text)))
    terminal.onBinary((text) => opened.write(Uint8Array.from(text, (letter) => letter.charCodeAt(0))))
    terminal.onResize(({ cols, rows }) => opened.resize(cols, rows))

    const sized = new ResizeObserver(() => fit.fit())
    sized.observe(element)
    const repaint = (): void => {
      terminal.options.theme = themeOf(element)
    }
    const schemes = matchMedia('(prefers-color-scheme: dark)')
    schemes.addEventListener('change', repaint)
    const themed = new MutationObserver(repaint)
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    terminal.focus()
    return () => {
      schemes.removeEventListener('change', repaint)
      themed.disconnect()
      sized.disconnect()
      opened.close()
      terminal.dispose()
      endQuiet()
    }
  }, [namespace, name])

  return (
    <>
      <div class="terminal-bar">
        <span role="status">
          {words[state.state]}
          {state.says && `: ${state.says}`}
        </span>
        {state.state === 'ended' && (
          <button type="button" class="button small" onClick={() => connection.current?.again()}>
            Begin again
          </button>
        )}
        <span class="faint push">
          <kbd>F6</kbd> leaves the terminal
        </span>
      </div>
      <div ref={box} class="terminal-box" />
    </>
  )
}

export default Screen
