import type { Licensed } from './licences.ts'

interface WithTexts extends Licensed {
  readonly texts: readonly string[]
}

const line = '-'.repeat(80)
const nameOf = ({ name, version, licence }: Licensed): string => `${name}@${version} (${licence})`

/** Each text once, below all the packages that have it. The same packages give the same bytes. */
export const noticesOf = (packages: readonly WithTexts[]): string => {
  const byText = new Map<string, string[]>()
  for (const one of packages)
    for (const text of one.texts.map((each) => each.replaceAll('\r\n', '\n').trim()))
      byText.set(text, [...(byText.get(text) ?? []), nameOf(one)])
  const bare = packages.filter(({ texts }) => texts.length === 0).map(nameOf)
  return [
    'KubeOpenCode is licensed under Apache-2.0. It is shipped with the following, each under the licence that is named.',
    ...[...byText].map(([text, names]) => `${line}\n${names.join('\n')}\n\n${text}`),
    ...(bare.length > 0 ? [`${line}\nNamed by their packages without a text:\n\n${bare.join('\n')}`] : []),
    '',
  ].join('\n\n')
}
