/**
 * Throws unless `source` means the same in JavaScript and in RE2, which the apiserver uses
 * (https://github.com/google/re2/wiki/Syntax): no lookaround, no named group, no backreference, no Unicode escape.
 */
export const assertRe2 = (source: string, where: string): void => {
  const foreign = /\(\?(?!:)|\\[1-9kuc]|\{(?:[0-9]+,)?[0-9]{4,}/.exec(source)
  if (foreign) throw new Error(`${where}: pattern ${source} uses ${foreign[0]}, which RE2 does not know`)
  new RegExp(source)
}
