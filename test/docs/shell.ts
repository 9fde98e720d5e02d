/** One simple command: a program and its words. */
export interface Command {
  readonly words: readonly string[]
  /** What a here-document gives it to read. */
  readonly input?: string
}

/** Up to the bracket that closes the one before `from`; brackets inside of quotes do not count. */
const closing = (text: string, from: number): number => {
  let depth = 1
  let quote = ''
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? ''
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === "'" || char === '"') quote = char
    else if (char === '(') depth++
    else if (char === ')' && --depth === 0) return at
  }
  throw new Error(`no ) closes the ( in: ${text.slice(Math.max(0, from - 40), from + 40)}`)
}

/**
 * The commands of a script, as far as scripts in the docs go: quotes, comments, pipes, lists, subshells, substitutions,
 * redirections and here-documents. A substitution stands as `$` in the words around it. Throws on a quote that stays open.
 */
export const commandsOf = (script: string): Command[] => {
  const found: Command[] = []
  let words: string[] = []
  let word: string | undefined
  let marker: string | undefined
  let isRedirected = false
  let at = 0

  const endWord = (): void => {
    if (word !== undefined && !isRedirected) words.push(word)
    if (word !== undefined) isRedirected = false
    word = undefined
  }
  const endCommand = (input?: string): void => {
    endWord()
    while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) words.shift()
    if (words.length > 0) found.push({ words, ...(input !== undefined && { input }) })
    words = []
  }
  const substitute = (open: number): void => {
    const end = closing(script, open)
    found.push(...commandsOf(script.slice(open, end)))
    word = `${word ?? ''}$`
    at = end + 1
  }
  const quoted = (quote: string): void => {
    word ??= ''
    for (at++; script[at] !== quote;) {
      if (at >= script.length) throw new Error(`a ${quote} stays open in: ${script}`)
      if (quote === '"' && script.startsWith('$(', at)) substitute(at + 2)
      else {
        if (quote === '"' && script[at] === '\\') at++
        word += script[at++] ?? ''
      }
    }
    at++
  }
  const hereDocument = (): void => {
    const end = new RegExp(`^${marker}$`, 'm').exec(script.slice(at))
    if (!end) throw new Error(`${marker} ends no here-document in: ${script}`)
    endCommand(script.slice(at, at + end.index))
    at += end.index + end[0].length
    marker = undefined
  }

  while (at < script.length) {
    const rest = script.slice(at)
    const char = script[at] ?? ''
    const start = /^<<-?\s*['"]?(\w+)['"]?/.exec(rest)
    if (rest.startsWith('\\\n')) at += 2
    else if (char === '#' && word === undefined)
      at = script.indexOf('\n', at) < 0 ? script.length : script.indexOf('\n', at)
    else if (char === "'" || char === '"') quoted(char)
    else if (rest.startsWith('$(') || rest.startsWith('<(')) substitute(at + 2)
    else if (start) {
      endWord()
      marker = start[1]
      at += start[0].length
    } else if (char === '\n') {
      at++
      if (marker === undefined) endCommand()
      else hereDocument()
    } else if (/^\d?[<>]/.test(rest)) {
      endWord()
      isRedirected = true
      at += /^\d?[<>]+(&\d)?/.exec(rest)?.[0].length ?? 1
      if (/&\d$/.test(script.slice(0, at))) isRedirected = false
    } else if ('|&;()'.includes(char)) {
      endCommand()
      at++
    } else if (/\s/.test(char)) {
      endWord()
      at++
    } else {
      word = `${word ?? ''}${char}`
      at++
    }
  }
  endCommand()
  return found
}
