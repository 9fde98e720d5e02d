import { isSame } from '../../../shared/merge-patch.ts'
import { hooks } from '../../../webhooks/table.ts'
import type { Invariant } from './invariant.ts'

const mutations = new Map(hooks.flatMap((hook) => (hook.type === 'mutate' ? [[hook.kind, hook.mutate] as const] : [])))

export const mutatedOnce: Invariant = {
  id: 'I10',
  promise: 'what is stored is what the mutating hook would make of it: mutate is idempotent, and no write goes past it',
  watch: (_look, report) => ({
    see: ({ ref, before, after }) => {
      const mutate = mutations.get(ref.kind as never)
      if (!mutate || !after || before?.['spec'] === after['spec']) return
      if (!isSame(mutate(after), after)) report('is changed once more by its own mutating hook', ref)
    },
  }),
}
