/**
 * The page's rules allow no style that is written into it, and xterm.js writes its colours and sizes into style elements. It
 * takes the document it works with as an option: this one gives it elements whose text becomes a constructed
 * style sheet, which the rules allow because no markup can make one.
 */
export const quietDocument = (): { document: Document; dispose: () => void } => {
  const sheets = new Set<CSSStyleSheet>()
  const drop = (sheet: CSSStyleSheet): void => {
    sheets.delete(sheet)
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)
  }
  const styleElement = (): HTMLElement => {
    const sheet = new CSSStyleSheet()
    sheets.add(sheet)
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
    const stand = document.createElement('template')
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
  const quiet = new Proxy(document, {
    get: (target, key) => {
      if (key === 'createElement')
        return (name: string) => (name === 'style' ? styleElement() : target.createElement(name))
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
  return { document: quiet, dispose: () => sheets.forEach(drop) }
}
