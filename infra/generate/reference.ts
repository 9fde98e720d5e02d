import type { KindName } from '../../crds/kinds.ts'
import { kinds } from '../../crds/kinds.ts'
import type { Kind } from '../../crds/kind.ts'
import { annotations, API_VERSION, labels } from '../../crds/names.ts'
import type { Output } from './output.ts'
import { GENERATED_PAGE } from './output.ts'
import { code } from './reference/constraints.ts'
import { kindPage, table } from './reference/page.ts'
import { annotationWords, labelWords } from './reference/words.ts'

const folder = 'docs/reference'

const index = (): string =>
  [
    '# Reference',
    `Every field of every kind of \`${API_VERSION}\`, made from the schemas in [crds/](../../crds). \`kubectl explain\` says the same.`,
    table(
      ['kind', 'short', 'what it is'],
      kinds.map(({ kind, singular, shortNames, description }) => [
        `[${kind}](${singular}.md)`,
        shortNames.map(code).join(', '),
        description,
      ]),
    ),
    '## Labels',
    table(
      ['label', 'on', 'value'],
      Object.entries(labels).map(([key, name]) => {
        const { on, meaning } = labelWords[key as keyof typeof labels]
        return [code(name), on, meaning]
      }),
    ),
    '## Annotations',
    table(
      ['annotation', 'on', 'set by', 'value'],
      Object.entries(annotations).map(([key, name]) => {
        const { on, by, meaning } = annotationWords[key as keyof typeof annotations]
        return [code(name), on, by, meaning]
      }),
    ),
  ].join('\n\n')

/** The reference of all kinds: a page for each, and one for what they share. */
export const reference = (): Output[] => [
  { path: `${folder}/README.md`, content: `${GENERATED_PAGE}\n${index()}\n` },
  ...kinds.map((kind: Kind & { readonly kind: KindName }) => ({
    path: `${folder}/${kind.singular}.md`,
    content: `${GENERATED_PAGE}\n${kindPage(kind)}\n`,
  })),
]
