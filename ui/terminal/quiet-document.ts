/** A style attribute that is set as text is refused; the same text through the object model is not. */
function setQuietly(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}

export interface QuietDocument {
  /** To be given to xterm.js as its document. */
  readonly document: Document
  /** Runs `work` with a document that is quiet for everybody: xterm.js 6 opens with the page's own, whatever it was given. */
  readonly during: (work: () => void) => void
  readonly dispose: () => void
}

/**
 * The page's rules allow no style that is written into it, and xterm.js writes its colours and sizes into style elements and
 * attributes. The elements it gets here put the text of a style element into a constructed style sheet, which the rules allow because no
 * markup can make one, and that of an attribute into the object model.
 */
export const quietDocument = (): QuietDocument => {
  const sheets = new Set<CSSStyleSheet>()
  const drop = (sheet: CSSStyleSheet): void => {
    sheets.delete(sheet)
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)
  }
  const make = Document.prototype.createElement.bind(document)
  const styleElement = (): HTMLElement => {
    const sheet = new CSSStyleSheet()
    sheets.add(sheet)
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
    const stand = make('template')
    Object.defineProperty(stand, 'textContent', {
      set: (text: string) => {
        sheet.replaceSync(text)
      },
    })
    Object.defineProperty(stand, 'remove', {
      value: () => {
        drop(sheet)
        stand.parentNode?.removeChild(stand)
      },
    })
    return stand
  }
  const createElement = (name: string): HTMLElement => {
    if (name === 'style') return styleElement()
    const element = make(name)
    element.setAttribute = setQuietly
    return element
  }
  const quiet = new Proxy(document, {
    get: (target, key) => {
      if (key === 'createElement') return createElement
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
  return {
    document: quiet,
    during: (work) => {
      Object.defineProperty(document, 'createElement', { value: createElement, configurable: true })
      try {
        work()
      } finally {
        Reflect.deleteProperty(document, 'createElement')
      }
    },
    dispose: () => sheets.forEach(drop),
  }
}
