/** Why a command could not do what it was asked: one sentence with the object, the fault and the remedy. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  readonly exitCode: number = 1
}

/** The command itself was wrong: nothing was tried. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError'
  override readonly exitCode = 2
}

/** The person has ended the command; 128 and the signal's number, as a shell counts. */
export class Interrupted extends CommandError {
  override readonly name = 'Interrupted'
  override readonly exitCode: number
  constructor(signal: unknown, message = '') {
    super(message)
    this.exitCode = { SIGHUP: 129, SIGTERM: 143 }[String(signal)] ?? 130
  }
}
