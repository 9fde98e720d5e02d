import { now } from '../builders/time.ts'
import { sendTo } from '../simulation/apiserver/http.ts'
import { createApiserver } from '../simulation/apiserver/server.ts'
import { collect } from '../simulation/players/collector.ts'
import { clusterContract } from './cluster.contract.ts'

clusterContract('the apiserver of the simulation', async () => {
  const apiserver = createApiserver({ now: () => now.getTime() })
  return {
    send: sendTo(apiserver),
    until: async (holds) => {
      while (collect(apiserver));
      if (!(await holds())) throw new Error('the garbage collector has nothing more to do, and this does not hold')
    },
  }
})
