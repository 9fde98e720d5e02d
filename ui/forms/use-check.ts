import { useEffect, useState } from 'preact/hooks'
import type { Cause } from '../api/client.ts'
import { ApiProblem } from '../api/client.ts'
import type { Plural } from '../api/types.ts'
import type { Manifest } from '../api/write.ts'
import { create } from '../api/write.ts'

/** What admission says of a manifest; nothing while it has not been asked. */
export interface Judgement {
  readonly isGood: boolean
  readonly problem?: string
  readonly causes: readonly Cause[]
  readonly warnings: readonly string[]
}

export const judgementOf = (error: unknown): Judgement => {
  const causes = error instanceof ApiProblem ? error.causes : []
  return { isGood: false, problem: error instanceof Error ? error.message : String(error), causes, warnings: [] }
}

const patienceMs = 350

/** Asks the server for a dry run whenever the manifest has changed: its schema, its rules and its webhooks say what is wrong. */
export const useCheck = (
  plural: Plural,
  namespace: string,
  manifest: Manifest,
  isOn: boolean,
): Judgement | undefined => {
  const [found, setFound] = useState<{ of: string; judgement: Judgement }>()
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest)
  useEffect(() => {
    if (!isOn) return undefined
    const ending = new AbortController()
    const ask = async (): Promise<void> => {
      try {
        const { warnings } = await create(plural, namespace, manifest, { isDryRun: true, signal: ending.signal })
        setFound({ of: text, judgement: { isGood: true, causes: [], warnings } })
      } catch (error) {
        if (!ending.signal.aborted) setFound({ of: text, judgement: judgementOf(error) })
      }
    }
    const timer = setTimeout(() => void ask(), patienceMs)
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [plural, namespace, text, isOn])
  // A fault stands until the server has looked again; that all is well holds for what it looked at alone.
  return found && { ...found.judgement, isGood: found.judgement.isGood && found.of === text }
}
