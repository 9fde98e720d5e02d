import type { Rig } from '../bench/rig.ts'
import { functionsUser } from '../bench/rig.ts'
import { deafen } from './deaf.ts'
import type { Target } from './target.ts'

const healSeconds = 5
const restSeconds = 300
/** How long nobody is told, and then is again, while events are to be lost. */
const lossMs = 500

/** The functions as the container runs them: a process of its own, with its bus in memory. */
export const startContainer = async (rig: Rig): Promise<Target> => {
  let functions = await rig.startFunctions(healSeconds)
  let losing: ReturnType<typeof setInterval> | undefined
  let hear: (() => Promise<void>) | undefined
  let turn = Promise.resolve()
  const set = async (isDeaf: boolean, before: Promise<void>): Promise<void> => {
    await before
    if (isDeaf) hear ??= await deafen(rig)
    else {
      await hear?.()
      hear = undefined
    }
  }
  const isDeaf = (wanted: boolean): Promise<void> => (turn = set(wanted, turn))
  return {
    user: functionsUser,
    // Between processes nothing is refused, doubled or late; what is told while nobody listens is lost.
    misbehave: async ({ lost }) => {
      clearInterval(losing)
      let round = 0
      if (lost > 0) losing = setInterval(() => void isDeaf(++round % 2 === 1), lossMs)
      else await isDeaf(false)
    },
    schedule: async (isOn) => {
      await functions.stop()
      functions = await rig.startFunctions(isOn ? healSeconds : restSeconds)
    },
    dead: async () => 0,
    freeze: async () => functions.freeze(),
    thaw: async () => functions.thaw(),
    close: async () => {
      clearInterval(losing)
      await turn
      await functions.stop()
    },
  }
}
