import type { Command } from 'commander'
import { optionsOf, withExamples } from '../commands.ts'
import type { Io } from '../io.ts'
import type { DoctorOptions } from './doctor.ts'
import type { VersionOptions } from './version.ts'

export const registerDoctor = (program: Command, io: Io): void => {
  withExamples(
    program
      .command('doctor')
      .description('look whether the installation works and what you may do')
      .option('-o, --output <form>', 'text or json')
      .action(async (_options, command: Command) => {
        const { doctor } = await import('./doctor.ts')
        await doctor(io, optionsOf<DoctorOptions>(command))
      }),
    'kubeoc doctor',
    'kubeoc doctor --context production -n team-a',
  )
  withExamples(
    program
      .command('version')
      .description('print the versions of kubeoc, the apiserver and the controller')
      .option('--client', 'only that of kubeoc')
      .option('-o, --output <form>', 'text or json')
      .action(async (_options, command: Command) => {
        const { printVersions } = await import('./version.ts')
        await printVersions(io, optionsOf<VersionOptions>(command))
      }),
    'kubeoc version',
    'kubeoc version --client',
  )
}
