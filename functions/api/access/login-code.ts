import { isSame } from './same.ts'

/** Wrong ones that are taken before a code is worth nothing. */
const mostAttempts = 10

/** Letters and digits that are not mistaken for each other; 32 of them, so that each holds five bits evenly. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** `ABCDE-FGHJK-LMNPQ`: 75 bits. */
const newCode = (): string =>
  [...crypto.getRandomValues(new Uint8Array(15))]
    .map((byte) => alphabet[byte % alphabet.length])
    .join('')
    .replaceAll(/(.{5})(?=.)/g, '$1-')

const plain = (text: string): string => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')

/** Proves that whoever is at the browser also sees the terminal. Each code serves once. */
export interface LoginCode {
  readonly take: (text: string) => Promise<boolean>
}

/** `announce` is told each code that is good from now on: the first at once, the next when one was used or guessed at too often. */
export const createLoginCode = (announce: (code: string) => void): LoginCode => {
  let code = ''
  let attempts = 0
  const renew = (): void => {
    code = newCode()
    attempts = 0
    announce(code)
  }
  renew()
  return {
    take: async (text) => {
      const asked = code
      attempts += 1
      const isRight = await isSame(plain(text), plain(asked))
      // Another request may have used it meanwhile.
      if (asked !== code) return false
      if (isRight || attempts >= mostAttempts) renew()
      return isRight
    },
  }
}
