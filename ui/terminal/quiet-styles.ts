/** A style attribute that is set as text is refused; the same text through the object model is not. */
function setQuietly(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}

/** Stands where a style element would; its text goes into a constructed style sheet, as no markup can make one. */
const styleElement = (): HTMLElement => {
  const sheet = new CSSStyleSheet()
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  const stand = Document.prototype.createElement.call(document, 'template')
  Object.defineProperty(stand, 'textContent', {
    set: (text: string) => {
      sheet.replaceSync(text)
    },
  })
  Object.defineProperty(stand, 'remove', {
    value: () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)
      stand.parentNode?.removeChild(stand)
    },
  })
  return stand
}

/**
 * The page's rules allow no style that is written into it, and xterm.js writes its colours and sizes into style elements, which it
 * makes while it opens, and into attributes of spans, whenever it draws a colour of 24 bits. Here both take the ways
 * that the rules allow. Gives what takes it back.
 */
export const openQuietly = (open: () => void): (() => void) => {
  Object.defineProperty(HTMLSpanElement.prototype, 'setAttribute', { value: setQuietly, configurable: true })
  Object.defineProperty(document, 'createElement', {
    value: (name: string): HTMLElement =>
      name === 'style' ? styleElement() : Document.prototype.createElement.call(document, name),
    configurable: true,
  })
  try {
    open()
  } finally {
    Reflect.deleteProperty(document, 'createElement')
  }
  return () => void Reflect.deleteProperty(HTMLSpanElement.prototype, 'setAttribute')
}
