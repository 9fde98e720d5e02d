import type { KubeObject } from '../../shared/kubernetes.ts'
import { asText, withoutManagers } from '../get/output.ts'
import type { Io } from '../io.ts'
import { print } from '../io.ts'

/** Forms in which what was made can be shown, beside a sentence. */
export const madeForms = ['json', 'yaml', 'name'] as const

/** Says what was made, or only judged. */
export const showMade = (
  io: Io,
  made: KubeObject,
  { dryRun, output }: { readonly dryRun: boolean; readonly output: (typeof madeForms)[number] | undefined },
): void => {
  const name = made.metadata?.name ?? ''
  if (output === 'json' || output === 'yaml') io.out.write(asText(withoutManagers(made), output))
  else if (output === 'name') print(io, `${made.kind?.toLowerCase()}.kubeopencode.io/${name}`)
  else print(io, `${made.kind} ${name} ${dryRun ? 'would be created' : 'is created'}`)
}
