import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again until there is an answer; undefined when there was none in time. */
export const until = async <Answer>(
  ask: () => Promise<Answer | undefined>,
  { seconds, everyMilliseconds }: { readonly seconds: number; readonly everyMilliseconds: number },
): Promise<Answer | undefined> => {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() >= deadline) return undefined
    await sleep(everyMilliseconds)
  }
}
