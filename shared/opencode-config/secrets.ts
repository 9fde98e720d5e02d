import { holdsVariable, isBareVariable } from '../../crds/config-text.ts'

/** Ends of names under which a secret is written, in OpenCode's own fields, in HTTP headers and in variables. */
const SECRET_NAME =
  /(api[-_]?key|secret([-_]?key)?|password|passwd|token|private[-_]?key|access[-_]?key|authorization|bearer)$/i

/** A URL that brings a user and a password. */
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]{0,31}:\/\/[^/?#@:]{0,256}:[^/?#@]{1,1024}@/i

/** What people write where a server at home wants a key and reads none. */
const PLACEHOLDER = /^(x+|none|no[-_ ]?key|not[-_ ]?needed|unused|dummy|mock|fake|placeholder|ollama|lm-studio)$/i

const remedy = 'put it in a Secret, name that in spec.credentials with an env, and write {env:NAME} here'

const isSecret = (name: string, value: string): boolean =>
  value !== '' &&
  !holdsVariable(value) &&
  !isBareVariable(value) &&
  !PLACEHOLDER.test(value.slice(0, 64)) &&
  (SECRET_NAME.test(name.slice(-64)) || URL_WITH_PASSWORD.test(value))

/** The texts in `root` that everyone who can read the object reads, though they look like secrets. */
export const clearSecrets = (
  root: object,
): { readonly path: readonly (string | number)[]; readonly message: string }[] => {
  const visit = (value: unknown, path: readonly (string | number)[]): (readonly (string | number)[])[] => {
    const name = String(path.at(-1) ?? '')
    if (typeof value === 'string') return isSecret(name, value) ? [path] : []
    // Permissions are given to names of tools and commands.
    if (typeof value !== 'object' || value === null || name === 'permission') return []
    return Array.isArray(value)
      ? value.flatMap((inner, index) => visit(inner, [...path, index]))
      : Object.entries(value).flatMap(([key, inner]) => visit(inner, [...path, key]))
  }
  return visit(root, []).map((path) => ({ path, message: `holds a secret in clear text: ${remedy}` }))
}
