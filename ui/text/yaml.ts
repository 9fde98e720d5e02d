/** What both YAML 1.1 and 1.2 read as this very text without quotes. */
const plain = /^[A-Za-z_/][-\w./@+]*(?: [-\w./@+]+)*$/
const spoken = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i

const isBlock = (text: string): boolean =>
  text.includes('\n') && /^\S/.test(text) && !/[^\P{Cc}\n\t]|[\u2028\u2029\u0085\uFEFF\uFFFE\uFFFF\p{Cs}]/u.test(text)

const scalar = (value: unknown): string =>
  typeof value === 'string' && (!plain.test(value) || spoken.test(value)) ? JSON.stringify(value) : String(value)

/** Lines as a block scalar: what somebody wrote stays readable. */
const block = (text: string, indent: string): string => {
  const lines = text.replace(/\n+$/, '')
  const ends = text.length - lines.length
  const chomp = ends === 0 ? '-' : ends === 1 ? '' : '+'
  const body = `${lines}${ends > 1 ? '\n'.repeat(ends - 1) : ''}`
  return `|${chomp}\n${body
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}`))
    .join('\n')}`
}

const isFilled = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

const empty = (value: object): string => (Array.isArray(value) ? '[]' : '{}')

const entry = (value: unknown, indent: string): string => {
  if (isFilled(value)) return `\n${node(value, indent)}`
  if (typeof value === 'object' && value !== null) return ` ${empty(value)}`
  return ` ${typeof value === 'string' && isBlock(value) ? block(value, indent) : scalar(value)}`
}

const node = (value: object, indent: string): string =>
  Array.isArray(value)
    ? value
        .map((item: unknown) =>
          isFilled(item)
            ? `${indent}- ${node(item, `${indent}  `).trimStart()}`
            : `${indent}-${entry(item, `${indent}  `)}`,
        )
        .join('\n')
    : Object.entries(value)
        .filter(([, one]) => one !== undefined)
        .map(([key, one]) => `${indent}${scalar(key)}:${entry(one, `${indent}  `)}`)
        .join('\n')

/** A manifest as people write it. Of JSON values; what is undefined is left out. */
export const yamlOf = (value: object): string => `${node(value, '')}\n`

/** Without what the server says about an object: a manifest to be edited. */
export const withoutStatus = (yaml: string): string => yaml.replace(/^status:.*\n(?:(?:[ -].*)?\n)*/m, '')
