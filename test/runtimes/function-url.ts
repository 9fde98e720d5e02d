import type { LambdaEvent } from 'hono/aws-lambda'
import type { webhookHandler } from '../../infra/lambda/webhooks.ts'

/** Of a body of one of these types Lambda makes text, unless it is encoded; of every other base64. */
const textual = /^(text\/|application\/(json|javascript|xml)\b|[^;]+\+(json|xml)\b)/i

/**
 * What a function URL gives to its function for a request: the event of payload format 2.0.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export const functionUrlEvent = async (request: Request): Promise<LambdaEvent> => {
  const url = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  const isText = textual.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined
  const bytes = Buffer.from(await request.arrayBuffer())
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'url',
      domainName: url.host,
      domainPrefix: 'url',
      http: {
        method: request.method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: Date.now(),
    },
    ...(bytes.length > 0 && { body: bytes.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: bytes.length > 0 && !isText,
  } as unknown as LambdaEvent
}

interface Answer {
  readonly statusCode: number
  readonly headers?: Record<string, string>
  readonly body: string
  readonly isBase64Encoded?: boolean
}

/** A function URL before its function. It has neither the 6 MB nor the time that AWS gives a request. */
export const functionUrl =
  (handler: ReturnType<typeof webhookHandler>) =>
  async (request: Request): Promise<Response> => {
    const answer = (await handler(await functionUrlEvent(request))) as unknown as Answer
    const body = answer.isBase64Encoded ? Buffer.from(answer.body, 'base64') : answer.body
    return new Response(body, { status: answer.statusCode, headers: answer.headers ?? {} })
  }
