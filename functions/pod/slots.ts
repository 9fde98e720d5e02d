/**
 * Where content that only a Pod can fetch goes into the joined contexts: the builders of Pods write a slot, url-fetch
 * fills it. Everything else in the document is framed, so that no content can look like a slot.
 */

/** Keeps content from closing its own frame or opening another. */
export const framed = (content: string): string => content.replace(/<(?=\/?(?:context|file)\b)/gi, '&lt;')

export const slot = (index: number): string => `<context slot="${index}"/>`

/** `document` with `content` in its slot; undefined where it has no such slot. */
export const withSlotFilled = (document: string, index: number, content: string): string | undefined => {
  const [before, after] = document.split(`${slot(index)}\n`)
  return before === undefined || after === undefined ? undefined : `${before}${framed(content).trimEnd()}\n${after}`
}
