import { RetryableError } from '../../shared/errors.ts'
import * as z from 'zod'

export interface Cause {
  readonly field: string
  readonly message: string
}

/** An answer that is no success: a word for programs, a sentence for people. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: number
  readonly word: string
  readonly causes: readonly Cause[]
  readonly retryAfterSeconds: number | undefined
  constructor(
    code: number,
    word: string,
    message: string,
    options: { causes?: readonly Cause[]; retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.word = word
    this.causes = options.causes ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** Body of every answer that is no success. */
export const ProblemBody = z.object({
  error: z.string().describe('One word for programs, such as NotFound.'),
  message: z.string().describe('A sentence for people.'),
  code: z.int().describe('The status code.'),
  causes: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .optional()
    .describe('Each fault with its field, where the object is what is wrong.'),
})

export const bodyOf = ({ word, message, code, causes }: Problem): z.infer<typeof ProblemBody> => ({
  error: word,
  message,
  code,
  ...(causes.length > 0 && { causes: [...causes] }),
})

export const badRequest = (message: string, causes: readonly Cause[] = []): Problem =>
  new Problem(400, 'BadRequest', message, { causes })

export const unauthorized = (message: string): Problem => new Problem(401, 'Unauthorized', message)

/** A body that a client has not sent to its end. */
export const brokenOff = (cause: unknown): Problem =>
  new Problem(400, 'BadRequest', 'the body broke off before its end; send the request again', { cause })

const text = z.string().optional().catch(undefined)

/** metav1.Status, as far as it is passed on. */
export const Status = z.object({
  kind: z.literal('Status'),
  message: text,
  reason: text,
  code: z.int().optional().catch(undefined),
  details: z
    .object({
      causes: z
        .array(z.object({ field: text, message: text }))
        .optional()
        .catch(undefined),
      retryAfterSeconds: z.number().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
})
export type Status = z.infer<typeof Status>

const words: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  413: 'TooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
}

export const wordOf = (code: number): string => words[code] ?? (code >= 500 ? 'InternalError' : 'Rejected')

/** What the apiserver said, with its own code. */
export const problemOfStatus = (code: number, status: Partial<Status>): Problem =>
  new Problem(
    code,
    status.reason || wordOf(code),
    code === 401
      ? 'the apiserver does not know this token: it has expired, was withdrawn, or is not meant for this cluster; log in again'
      : status.message || `the apiserver answered ${code}`,
    {
      causes: (status.details?.causes ?? []).flatMap(({ field, message }) =>
        message === undefined ? [] : [{ field: field ?? '', message }],
      ),
      retryAfterSeconds: status.details?.retryAfterSeconds,
    },
  )

/** More of a refusal is not read. */
const mostOfRefusal = 64 * 1024

/** The body of a refusal, as far as anybody wants to read it. */
export const shortText = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder()
  let read = ''
  for await (const chunk of response.body ?? []) {
    read += decoder.decode(chunk, { stream: true })
    if (read.length > mostOfRefusal) break
  }
  return read
}

/** The apiserver's Status in a text; undefined where it is something else. */
export const statusIn = (read: string): Status | undefined => {
  try {
    return Status.safeParse(JSON.parse(read)).data
  } catch {
    return undefined
  }
}

/** The refusal as a Problem; reads the body. */
export const problemOf = async (response: Response): Promise<Problem> => {
  const read = await shortText(response)
  const status = statusIn(read)
  // Proxies before an apiserver answer in plain text.
  return problemOfStatus(
    response.status,
    status ?? { message: `the apiserver answered ${response.status} ${read.slice(0, 200)}` },
  )
}

/** The answer where it is a success; throws the Problem it is otherwise. */
export const granted = async (response: Response): Promise<Response> => {
  if (response.ok) return response
  throw await problemOf(response)
}

/** What a caller is told of an error; undefined where it is a fault of ours, of which nothing is told. */
export const problemFrom = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error
  if (error instanceof RetryableError) return new Problem(503, 'ServiceUnavailable', error.message, { cause: error })
  return undefined
}
