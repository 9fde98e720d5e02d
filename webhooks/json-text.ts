const blank = /[ \t\n\r]*/y
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y

/** What may come next: the signs themselves, `s` a string, `v` another scalar; and how to say it. */
const states = {
  value: { accepts: '{[sv', says: 'a value' },
  firstItem: { accepts: '{[sv]', says: "a value or ']'" },
  firstName: { accepts: 's}', says: "a name in double quotes or '}'" },
  name: { accepts: 's', says: 'a name in double quotes' },
  colon: { accepts: ':', says: "':'" },
  nextMember: { accepts: ',}', says: "',' or '}'" },
  nextItem: { accepts: ',]', says: "',' or ']'" },
  end: { accepts: '', says: 'nothing more' },
} as const
type State = keyof typeof states

const matchEnd = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

const tokenAt = (text: string, at: number): { readonly kind: string; readonly end: number } => {
  const sign = text[at] ?? ''
  if (sign !== '' && '{}[]:,'.includes(sign)) return { kind: sign, end: at + 1 }
  if (sign === '"') return { kind: 's', end: matchEnd(string, text, at) }
  return { kind: 'v', end: matchEnd(scalar, text, at) }
}

const place = (text: string, at: number): string => {
  const lines = text.slice(0, at).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

/** Longer paths lead to nothing that is known. */
const deepestPath = 32

/**
 * Where and why `text` stops being JSON (RFC 8259), such as `line 2, column 9: expected ','`; undefined when it is JSON.
 * It never quotes the text, because a configuration may hold what should not be in a message.
 */
export const whereJsonBreaks = (text: string): string | undefined => {
  const open: string[] = []
  const afterValue = (): State => (open.length === 0 ? 'end' : open.at(-1) === '{' ? 'nextMember' : 'nextItem')
  let state = 'value' as State
  for (let at = 0; ;) {
    at = matchEnd(blank, text, at)
    if (at === text.length && state === 'end') return undefined
    const { kind, end } = tokenAt(text, at)
    if (end === at || !states[state].accepts.includes(kind)) {
      const found = at === text.length ? ', but the text ends here' : ''
      return `${place(text, at)}: expected ${states[state].says}${found}`
    }
    at = end
    if (kind === '{' || kind === '[') {
      open.push(kind)
      state = kind === '{' ? 'firstName' : 'firstItem'
    } else if (kind === '}' || kind === ']') {
      open.pop()
      state = afterValue()
    } else if (kind === ':') state = 'value'
    else if (kind === ',') state = open.at(-1) === '{' ? 'name' : 'value'
    else state = state === 'firstName' || state === 'name' ? 'colon' : afterValue()
  }
}

/**
 * Where the values at `paths` begin in `text`, which is JSON, such as `line 2, column 9`, in one pass. Where nothing
 * stands at a path, what holds it is told.
 */
export const placesIn = (text: string, paths: readonly (readonly (string | number)[])[]): string[] => {
  const wanted = new Set(paths.flatMap((path) => path.map((_, index) => JSON.stringify(path.slice(0, index + 1)))))
  const found = new Map<string, number>()
  const open: (string | number)[] = []
  let isName = false
  for (let at = matchEnd(blank, text, 0); at < text.length; at = matchEnd(blank, text, at)) {
    const { kind, end } = tokenAt(text, at)
    if (end === at) break
    if (isName && kind === 's') open[open.length - 1] = JSON.parse(text.slice(at, end)) as string
    else if (kind === ']' || kind === '}') open.pop()
    else if (kind === ',') {
      const step = open.at(-1)
      if (typeof step === 'number') open[open.length - 1] = step + 1
    } else if (kind !== ':') {
      if (open.length <= deepestPath) {
        const path = JSON.stringify(open)
        if (wanted.has(path)) found.set(path, at)
      }
      if (kind === '[') open.push(0)
      if (kind === '{') open.push('')
    }
    isName = kind === '{' || (kind === ',' && typeof open.at(-1) === 'string')
    at = end
  }
  return paths.map((path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const at = found.get(JSON.stringify(path.slice(0, length)))
      if (at !== undefined) return place(text, at)
    }
    return place(text, matchEnd(blank, text, 0))
  })
}
