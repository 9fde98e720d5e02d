import type { Command } from 'commander'
import { optionsOf, withExamples } from '../commands.ts'
import type { Io } from '../io.ts'
import type { DashboardOptions } from './serve.ts'

export const registerDashboard = (program: Command, io: Io): void => {
  withExamples(
    program
      .command('ui')
      .description('serve the dashboard on this machine, with your own kubeconfig')
      .option('--port <port>', 'port on loopback; 0 takes any that is free', '2746')
      .action(async (_options, command: Command) => {
        const { serveDashboard } = await import('./serve.ts')
        await serveDashboard(io, optionsOf<DashboardOptions>(command))
      }),
    'kubeoc ui',
    'kubeoc ui --context production --port 0',
  )
}
