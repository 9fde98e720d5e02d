import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

const pageSize = 200

/** As many rows as somebody reads; the rest on request, so that ten thousand cost no more than two hundred. */
export const Rows = <T,>({
  items,
  label,
  children,
}: {
  items: readonly T[]
  label: string
  children: (item: T) => ComponentChildren
}) => {
  const [shown, setShown] = useState(pageSize)
  return (
    <>
      <ul class="rows" aria-label={label}>
        {items.slice(0, shown).map(children)}
      </ul>
      {items.length > shown && (
        <button type="button" class="button more" onClick={() => setShown(shown + pageSize)}>
          Show {Math.min(pageSize, items.length - shown)} more of {items.length - shown}
        </button>
      )}
    </>
  )
}
