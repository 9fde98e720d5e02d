/**
 * A surprise that time may mend (a conflict, an overloaded or absent apiserver): the delivery goes back to the bus.
 * `retryAfterSeconds` is the server's own wish where it named one.
 */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError'
  readonly retryAfterSeconds: number | undefined
  constructor(message: string, options?: { cause?: unknown; retryAfterSeconds?: number | undefined }) {
    super(message, options)
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}

/** A name that was free when it was looked at is taken. */
export class TakenError extends RetryableError {
  override readonly name = 'TakenError'
}

/** Others keep the apiserver from taking a write, and may cease to: a quota without room, an admission webhook that is away. */
export class HinderedError extends RetryableError {
  override readonly name = 'HinderedError'
}

/** Nobody answers, or answers that it does not know us: what was asked does not matter, and all else would fail alike. */
export class UnreachableError extends RetryableError {
  override readonly name = 'UnreachableError'
}

/** Ends a sentence about one of our kinds. */
export const olderDefinition =
  '; its CustomResourceDefinition is older than this program: upgrade it (docs/upgrade.md), kubeoc doctor says what it lacks'

/** The first of what failed that says that nothing can be reached, also among several. */
export const unreachableIn = (error: unknown): UnreachableError | undefined => {
  if (error instanceof UnreachableError) return error
  if (!(error instanceof AggregateError)) return undefined
  for (const one of error.errors) {
    const found = unreachableIn(one)
    if (found) return found
  }
  return undefined
}

/** A refusal that trying again cannot mend; it becomes a condition. `reason` is the apiserver's word, such as `Invalid`. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
  readonly reason: string
  constructor(reason: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.reason = reason
  }
}

/** Nothing new is taken, for the namespace is being deleted, or gone. */
export class LeavingError extends TerminalError {
  constructor(message: string) {
    super('NamespaceTerminating', message)
  }
}

/** One of several failures is enough: all that was to be written goes with the namespace. */
export const isLeaving = (error: unknown): boolean =>
  error instanceof AggregateError ? error.errors.some(isLeaving) : error instanceof LeavingError

/** Several failures at once are terminal only if each of them is. */
export const isTerminal = (error: unknown): boolean =>
  error instanceof AggregateError ? error.errors.every(isTerminal) : error instanceof TerminalError

/** Several failures at once are such only if each of them is, or would not go away with time. */
export const isHindered = (error: unknown): boolean =>
  error instanceof AggregateError
    ? error.errors.every((one) => isHindered(one) || isTerminal(one)) && !isTerminal(error)
    : error instanceof HinderedError

/** The sentences of an error and of those it was made of, without stack traces. */
export const sentenceOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(sentenceOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** Why there was no answer, such as ECONNREFUSED. No more than the code: texts beside it may hold a header, and a token in it. */
export const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(error.code)) return error.code
  return codeOf(error.cause)
}
