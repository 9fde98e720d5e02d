/** Bundled as `main.mjs` of two functions: `main.reconcile` and `main.schedule`. */
import { createWorld } from '../functions.ts'
import type { QueueWorld } from '../reconcile.ts'
import { reconcileHandler } from '../reconcile.ts'
import { scheduleHandler } from '../schedule.ts'

let made: QueueWorld | undefined
/** Made with the first call, so that what is wrong with the variables is an answer and not an instance that will not start. */
const world = async (): Promise<QueueWorld> => (made ??= createWorld(process.env))

export const reconcile = reconcileHandler(world)
export const schedule = scheduleHandler(world)
