import { useEffect, useState } from 'preact/hooks'
import { base } from '../api/client.ts'
import type { Address } from './address.ts'
import { addressOf, hrefOf } from './address.ts'

const readers = new Set<() => void>()
const tell = (): void => {
  for (const reader of readers) reader()
}

const here = (): Address =>
  addressOf(location.pathname, location.search, base) ?? { parts: [], query: new URLSearchParams() }

export const navigate = (href: string, { isReplaced = false } = {}): void => {
  if (isReplaced) history.replaceState(undefined, '', href)
  else history.pushState(undefined, '', href)
  tell()
  if (!isReplaced) {
    scrollTo(0, 0)
    // Who listens to the page is told where they are now; the heading says it.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true }))
  }
}

export const useAddress = (): Address => {
  const [address, setAddress] = useState(here)
  useEffect(() => {
    const read = (): void => setAddress(here())
    readers.add(read)
    return () => void readers.delete(read)
  }, [])
  return address
}

export const namespaceHere = (): string | undefined => here().query.get('namespace') || undefined

/** A link within the dashboard; the chosen namespace stays. */
export const link = (parts: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string =>
  hrefOf(base, parts, { namespace: namespaceHere(), ...query })

/** Writes one parameter of the address, without a step in the history for each letter. */
export const setQuery = (changes: Readonly<Record<string, string | undefined>>): void => {
  const { parts, query } = here()
  navigate(hrefOf(base, parts, { ...Object.fromEntries(query), ...changes }), { isReplaced: true })
}

/** Links within the dashboard change the page without loading it. */
export const startRouter = (): void => {
  addEventListener('popstate', tell)
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    const anchor = (event.target as Element).closest<HTMLAnchorElement>('a[href]')
    if (!anchor || anchor.target || anchor.hasAttribute('download') || anchor.origin !== location.origin) return
    if (anchor.hash !== '' || !addressOf(anchor.pathname, anchor.search, base)) return
    event.preventDefault()
    navigate(anchor.href)
  })
}
