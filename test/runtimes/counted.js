// Stands before the Worker and counts how often each of its handlers is called.
import { WorkerEntrypoint } from 'cloudflare:workers'
import worker from './main.mjs'

const calls = { fetch: 0, queue: 0, scheduled: 0 }
const counted =
  (name) =>
  (...args) => {
    calls[name] += 1
    return worker[name](...args)
  }

export class Calls extends WorkerEntrypoint {
  count() {
    return calls
  }
}

export default { fetch: counted('fetch'), queue: counted('queue'), scheduled: counted('scheduled') }
