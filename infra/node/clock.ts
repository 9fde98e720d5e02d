import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../shared/ports.ts'

export const clock: Clock = { now: () => new Date(), sleep: (milliseconds) => sleep(milliseconds) }
