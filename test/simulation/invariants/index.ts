import { mutatedOnce } from './admission.ts'
import type { Invariant } from './invariant.ts'
import { noneWithoutPod, onePodPerTask, withinLimits } from './pods.ts'
import { begunInOrder, inOrder, withinQuota } from './queue.ts'
import { everySlotAnswered } from './slots.ts'
import { everyFailureTold, finalPhases, nothingForeign, nothingLeft } from './states.ts'

/** Everything that must hold. I8 (the desired end, then silence) is the run's own part; see run.ts. */
export const invariants: readonly Invariant[] = [
  onePodPerTask,
  withinLimits,
  withinQuota,
  inOrder,
  begunInOrder,
  everySlotAnswered,
  noneWithoutPod,
  finalPhases,
  nothingForeign,
  mutatedOnce,
  nothingLeft,
  everyFailureTold,
]
