import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { sdkVariables, webhookVariables } from '../../../test/builders/lambda-variables.ts'
import { playParameters } from '../../../test/builders/parameters.ts'
import { taskReview } from '../../../test/builders/task-review.ts'
import { bundle } from '../../build/bundle.ts'

const secret = 'ab'.repeat(32)

const called = `
const { webhooks } = await import(process.argv[1])
const ask = (path, body) => webhooks({ version: '2.0', rawPath: path, rawQueryString: '', headers: { 'content-type': 'application/json' }, requestContext: { http: { method: 'POST', path }, domainName: 'x' }, body, isBase64Encoded: false })
const review = process.argv[3]
const [judged, stranger] = [await ask('/' + process.argv[2] + '/validate/tasks', review), await ask('/validate/tasks', review)]
console.log(JSON.stringify({ judged: judged.statusCode, verdict: JSON.parse(judged.body || '{}').response, stranger: stranger.statusCode }))
process.exit(0)`

test(
  'the webhooks as they are deployed read their secret, judge, and are not there for strangers',
  { timeout: 300_000 },
  async () => {
    // Not where another test file writes the same bundle at the same time.
    const folder = mkdtempSync(join(tmpdir(), 'koc-entries-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [file = ''] = await bundle(['lambda-webhooks'], folder)
    const parameters = await playParameters(secret)
    onTestFinished(parameters.close)
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', called, file, secret, taskReview()],
      {
        env: {
          ...sdkVariables(parameters.url),
          ...webhookVariables({ apiserver: 'https://127.0.0.1:1', ca: 'no certificate' }),
        },
      },
    )
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      judged: 200,
      verdict: { uid: 'u1', allowed: true },
      stranger: 404,
    })
  },
)
