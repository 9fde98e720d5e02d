import { useEffect, useRef, useState } from 'preact/hooks'
import { read } from '../api/client.ts'
import type { Schema, Suggestions } from '../text/complete.ts'
import { suggestionsAt } from '../text/complete.ts'

type Schemas = Readonly<Record<string, Schema>>

let known: Promise<Schemas> | undefined

/** The schemas of all kinds, as the server that judges has them; read once, when the first editor is opened. */
const schemasOf = (): Promise<Schemas> => {
  known ??= read<{ components: { schemas: Schemas } }>('/api/v1/openapi.json').then(
    ({ components }) => components.schemas,
  )
  known.catch(() => (known = undefined))
  return known
}

const kindIn = (text: string): string => /^kind: *(\w+)/m.exec(text)?.[1] ?? ''

/** YAML to be written by hand. Tab moves on to what comes next, as everywhere else on the page; Ctrl and Space offer what the schema knows. */
export const Editor = ({
  label,
  value,
  onInput,
}: {
  label: string
  value: string
  onInput: (text: string) => void
}) => {
  const box = useRef<HTMLTextAreaElement>(null)
  const [schemas, setSchemas] = useState<Schemas>({})
  const [offer, setOffer] = useState<Suggestions & { readonly active: number }>()
  useEffect(() => {
    let isCurrent = true
    // Without them the editor is what it was: a place to write.
    schemasOf().then(
      (found) => isCurrent && setSchemas(found),
      () => {},
    )
    return () => {
      isCurrent = false
    }
  }, [])
  useEffect(() => {
    document.getElementById('editor-active')?.scrollIntoView({ block: 'nearest' })
  }, [offer])

  const look = (element: HTMLTextAreaElement): void => {
    const found = suggestionsAt(element.value, element.selectionStart, schemas[kindIn(element.value)] ?? {})
    setOffer(found && { ...found, active: 0 })
  }
  const take = ({ from, to, options }: Suggestions, index: number): void => {
    const element = box.current
    const chosen = options[index]
    if (!element || !chosen) return
    element.focus()
    element.setSelectionRange(from, to)
    // Unlike what scripts set, this can be undone by the reader.
    if (!document.execCommand('insertText', false, chosen.insert)) {
      element.setRangeText(chosen.insert, from, to, 'end')
      onInput(element.value)
    }
    setOffer(undefined)
  }
  const onKeyDown = (event: KeyboardEvent & { readonly currentTarget: HTMLTextAreaElement }): void => {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault()
      look(event.currentTarget)
      return
    }
    if (!offer) return
    const { length } = offer.options
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => setOffer({ ...offer, active: (offer.active + 1) % length }),
      ArrowUp: () => setOffer({ ...offer, active: (offer.active + length - 1) % length }),
      Enter: () => take(offer, offer.active),
      Escape: () => setOffer(undefined),
    }
    const act = keys[event.key]
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
  const count = value.split('\n').length
  const row = offer ? value.slice(0, offer.to).split('\n').length : 0
  return (
    <>
      <div class="editor">
        <div class="editor-numbers" aria-hidden="true">
          {Array.from({ length: count }, (_, index) => index + 1).join('\n')}
        </div>
        <textarea
          ref={box}
          class="editor-text"
          aria-label={label}
          aria-describedby="editor-help"
          aria-autocomplete="list"
          aria-controls={offer && 'editor-offer'}
          aria-activedescendant={offer && 'editor-active'}
          wrap="off"
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          rows={Math.max(count, 8)}
          value={value}
          onInput={(event) => {
            onInput(event.currentTarget.value)
            if (offer) look(event.currentTarget)
          }}
          onKeyDown={onKeyDown}
          onBlur={() => setOffer(undefined)}
          onClick={() => setOffer(undefined)}
        />
        {offer && (
          <ul
            id="editor-offer"
            class="offer"
            role="listbox"
            aria-label="What may stand here"
            style={{ top: `calc(10px + ${row} * 1.55em)` }}
          >
            {offer.options.map(({ label: word, type, description }, index) => (
              <li
                key={word}
                id={index === offer.active ? 'editor-active' : undefined}
                role="option"
                aria-selected={index === offer.active}
                onMouseDown={(event) => {
                  event.preventDefault()
                  take(offer, index)
                }}
              >
                <strong>{word}</strong> <span class="faint">{type}</span>
                {index === offer.active && description && <p>{description}</p>}
              </li>
            ))}
          </ul>
        )}
      </div>
      <p id="editor-help" class="faint">
        <kbd>Ctrl Space</kbd> offers the fields and values that may stand at the cursor.
      </p>
      <p class="unseen" role="status">
        {offer ? `${offer.options.length} offered; arrows choose, Enter takes, Escape closes` : ''}
      </p>
    </>
  )
}
