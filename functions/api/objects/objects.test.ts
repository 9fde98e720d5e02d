import { describe, expect, test } from 'vitest'
import { RetryableError } from '../../../shared/errors.ts'
import { api, withJson } from '../../../test/builders/api.ts'
import { task } from '../../../test/builders/task.ts'
import { json, refused } from '../../../test/builders/upstream.ts'

const tasks = '/apis/kubeopencode.io/v1alpha1/namespaces/default/tasks'
const here = '/api/v1/namespaces/default/tasks'
const managed = { ...task(), metadata: { ...task().metadata, managedFields: [{ manager: 'kubectl' }] } }

test('the apiserver is asked as the caller, and what it says of itself is left out', async () => {
  const { call, asked } = await api({ [`GET ${tasks}/job`]: () => json(managed) })
  const response = await call('GET', `${here}/job`)
  expect(await response.json()).toEqual(task())
  expect(response.headers.get('etag')).toBe('"1"')
  expect(asked).toMatchObject([{ caller: { kind: 'token', token: 'ada-token' }, path: `${tasks}/job` }])
})

test('?output=yaml is a manifest', async () => {
  const { call } = await api({ [`GET ${tasks}/job`]: () => json(managed) })
  const response = await call('GET', `${here}/job?output=yaml`)
  expect(response.headers.get('content-type')).toContain('application/yaml')
  expect(await response.text()).toContain('kind: Task\nmetadata:\n  name: job\n')
})

describe('a refusal of the apiserver goes on with its code', () => {
  test.each([
    { code: 403, word: 'Forbidden' },
    { code: 404, word: 'NotFound' },
    { code: 409, word: 'Conflict' },
    { code: 422, word: 'Invalid' },
    { code: 429, word: 'TooManyRequests' },
  ])('$code', async ({ code, word }) => {
    const { call } = await api({ [`GET ${tasks}/job`]: () => refused(code, word, 'in its own words') })
    const response = await call('GET', `${here}/job`)
    expect(response.status).toBe(code)
    expect(await response.json()).toEqual({ error: word, message: 'in its own words', code })
  })

  test('and each fault with its field', async () => {
    const causes = [{ field: 'spec.timeout', message: 'must be a duration', reason: 'FieldValueInvalid' }]
    const { call } = await api({
      [`POST ${tasks}`]: () => json({ kind: 'Status', reason: 'Invalid', message: 'no', details: { causes } }, 422),
    })
    const response = await call('POST', here, withJson({ metadata: { name: 'a' }, spec: {} }))
    expect(await response.json()).toMatchObject({
      code: 422,
      causes: [{ field: 'spec.timeout', message: 'must be a duration' }],
    })
  })
})

describe('what is written', () => {
  const echo = { [`POST ${tasks}`]: ({ body }: { body: unknown }) => json(body, 201, { warning: '299 - "mind"' }) }

  test('a body needs neither apiVersion nor kind nor namespace', async () => {
    const { call, asked } = await api(echo)
    const response = await call('POST', here, withJson({ metadata: { name: 'a' }, spec: { description: 'x' } }))
    expect(response.status).toBe(201)
    expect(response.headers.get('warning')).toBe('299 - "mind"')
    expect(asked[0]).toMatchObject({
      path: `${tasks}?fieldValidation=Strict&fieldManager=kubeopencode-api`,
      body: { apiVersion: 'kubeopencode.io/v1alpha1', kind: 'Task', metadata: { name: 'a', namespace: 'default' } },
    })
  })

  test('YAML is taken too', async () => {
    const { call, asked } = await api(echo)
    const headers = { 'content-type': 'application/yaml' }
    await call('POST', here, { body: 'metadata: {name: a}\nspec:\n  description: x\n', headers })
    expect(asked[0]).toMatchObject({ body: { metadata: { name: 'a' }, spec: { description: 'x' } } })
  })

  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`
  test.each([
    { name: 'plain text, as a form of another site can send it', type: 'text/plain', body: '{}', code: 415 },
    { name: 'no content type', type: '', body: '{}', code: 415 },
    { name: 'half of JSON', type: 'application/json', body: '{', code: 400 },
    { name: 'a list', type: 'application/json', body: '[]', code: 400 },
    { name: 'null', type: 'application/json', body: 'null', code: 400 },
    { name: 'another kind', type: 'application/json', body: '{"kind":"Secret"}', code: 400 },
    { name: 'another group', type: 'application/json', body: '{"apiVersion":"v1"}', code: 400 },
    { name: 'another namespace', type: 'application/json', body: '{"metadata":{"namespace":"other"}}', code: 400 },
    { name: 'no YAML', type: 'text/yaml', body: 'a: [', code: 400 },
    { name: 'a key twice', type: 'text/yaml', body: 'a: 1\na: 2', code: 400 },
    { name: 'a bomb of aliases', type: 'text/yaml', body: bomb, code: 400 },
    { name: 'more than 3 MiB', type: 'application/json', body: `"${'x'.repeat(3 * 1024 * 1024)}"`, code: 413 },
  ])('$name is refused with $code, and nothing is asked', async ({ type, body, code }) => {
    const { call, asked } = await api(echo)
    const response = await call('POST', here, { body, headers: { 'content-type': type } })
    expect(response.status).toBe(code)
    expect(asked).toEqual([])
  })

  test('a connection on which nobody reads the rest of a body carries nothing else', async () => {
    const { call, browse } = await api(echo)
    const large = withJson('x'.repeat(3 * 1024 * 1024))
    expect((await call('POST', here, large)).headers.get('connection')).toBe('close')
    expect((await browse('POST', here, withJson(task()))).headers.get('connection')).toBe('close')
    expect((await call('POST', here, withJson([]))).headers.get('connection')).toBeNull()
    expect((await call('POST', here, withJson(task()))).headers.get('connection')).toBeNull()
  })

  test.each([
    { name: 'of a length', headers: { 'content-length': '20' } },
    { name: 'in chunks', headers: { 'transfer-encoding': 'chunked' } },
  ])('a body $name that breaks off is told so, and nothing is asked', async ({ headers }) => {
    const { call, asked, lines } = await api(echo)
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('aborted')) })
    const response = await call('POST', here, {
      body,
      duplex: 'half',
      headers: { 'content-type': 'application/json', ...headers },
    } as RequestInit & { headers: Record<string, string> })
    expect(await response.json()).toEqual({
      error: 'BadRequest',
      message: 'the body broke off before its end; send the request again',
      code: 400,
    })
    expect(asked).toEqual([])
    expect(lines.join()).not.toContain('a request failed')
  })

  test('an answer of the apiserver that breaks off, or is no JSON, is an apiserver that is away', async () => {
    const late = new RetryableError('the apiserver did not finish its answer: 30000 ms have passed')
    const breaking = new ReadableStream({ pull: (controller) => controller.error(late) })
    const { call } = await api({
      [`GET ${tasks}/late`]: () => new Response(breaking),
      [`GET ${tasks}/page`]: () => new Response('<html>'),
    })
    expect(await (await call('GET', `${here}/late`)).json()).toMatchObject({ code: 503, message: late.message })
    expect(await (await call('GET', `${here}/page`)).json()).toMatchObject({ code: 503 })
  })

  test('If-Match is the version that is replaced', async () => {
    const { call, asked } = await api({ [`PUT ${tasks}/job`]: ({ body }) => json(body) })
    await call('PUT', `${here}/job`, withJson({ ...task(), metadata: { name: 'job' } }, { 'if-match': '"7"' }))
    expect(asked[0]).toMatchObject({ body: { metadata: { name: 'job', resourceVersion: '7' } } })
  })

  test.each([
    { name: 'If-Match that is no ETag', headers: { 'if-match': '*; drop' }, body: {} },
    { name: 'another name than the path', headers: {}, body: { metadata: { name: 'other' } } },
  ])('$name is a bad request', async ({ headers, body }) => {
    const { call, asked } = await api()
    expect((await call('PUT', `${here}/job`, withJson(body, headers as Record<string, string>))).status).toBe(400)
    expect(asked).toEqual([])
  })

  test('settings that are not there yet are made', async () => {
    const configs = '/apis/kubeopencode.io/v1alpha1/kubeopencodeconfigs'
    const { call, asked } = await api({ [`POST ${configs}`]: ({ body }) => json(body, 201) })
    const response = await call('PUT', '/api/v1/config', withJson({ spec: { clusterDomain: 'example.org' } }))
    expect(response.status).toBe(201)
    expect(asked.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      `PUT ${configs}/cluster`,
      `POST ${configs}`,
    ])
  })
})

describe('lists', () => {
  const listed = (...items: object[]) => json({ metadata: { resourceVersion: '9' }, items })

  test('the apiserver selects and pages', async () => {
    const { call, asked } = await api({ [`GET ${tasks}`]: () => listed(managed) })
    const response = await call(
      'GET',
      `${here}?phase=Running&agent=coder&name=job&labelSelector=a%3Db&limit=20&continue=abc`,
    )
    expect(await response.json()).toEqual({
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'TaskList',
      metadata: { resourceVersion: '9' },
      items: [task()],
    })
    expect(Object.fromEntries(new URL(asked[0]!.path, 'http://a').searchParams)).toEqual({
      fieldSelector: 'metadata.name=job,status.phase=Running,spec.agentRef.name=coder',
      labelSelector: 'a=b',
      limit: '20',
      continue: 'abc',
    })
  })

  test('a value cannot add a term to the selection', async () => {
    const { call, asked } = await api({ [`GET ${tasks}`]: () => listed() })
    await call('GET', `${here}?phase=${encodeURIComponent('Running,metadata.name!=x')}`)
    expect(new URL(asked[0]!.path, 'http://a').searchParams.get('fieldSelector')).toBe(
      'status.phase=Running\\,metadata.name!\\=x',
    )
  })

  test.each([
    { name: 'a limit of 501', query: 'limit=501', message: /^parameter limit: must be a whole number from 1 to 500/ },
    { name: 'a limit of 0', query: 'limit=0', message: /limit/ },
    { name: 'a limit of 1e2', query: 'limit=1e2', message: /limit/ },
    { name: 'an unknown order', query: 'sortOrder=up', message: /sortOrder/ },
    {
      name: 'an unknown parameter',
      query: 'labelselector=a',
      message: /^parameter labelselector: is not a parameter here; there are name, phase/,
    },
    { name: 'a parameter twice', query: 'limit=1&limit=2', message: /limit is given 2 times/ },
    { name: 'a version that is none', query: 'watch=1&resourceVersion=abc', message: /resourceVersion/ },
  ])('$name is a bad request that says so', async ({ query, message }) => {
    const { call, asked } = await api()
    const response = await call('GET', `${here}?${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(message) as unknown })
    expect(asked).toEqual([])
  })

  test('what a kind cannot be selected by is said', async () => {
    const { call } = await api()
    const response = await call('GET', '/api/v1/crontasks?phase=Running')
    expect(await response.json()).toMatchObject({ code: 400, message: 'crontasks cannot be selected by phase' })
  })

  describe('in order of creation', () => {
    const made = (name: string, second: number) => ({
      ...task(),
      metadata: { name, namespace: 'default', creationTimestamp: `2026-06-01T00:00:0${second}Z` },
    })
    const pages = [[made('a', 3), made('b', 1)], [made('c', 3), made('d', 2)], [made('e', 5)]]
    const paged = ({ path }: { path: string }) => {
      const at = Number(new URL(path, 'http://a').searchParams.get('continue') ?? 0)
      return json({
        metadata: { resourceVersion: '9', continue: pages[at + 1] ? String(at + 1) : '' },
        items: pages[at],
      })
    }

    test.each([
      { order: 'desc', want: ['e', 'a', 'c', 'd', 'b'] },
      { order: 'asc', want: ['b', 'd', 'a', 'c', 'e'] },
    ])('$order, page by page, gives each once', async ({ order, want }) => {
      const { call } = await api({ [`GET ${tasks}`]: paged })
      const seen: string[] = []
      let next: string | undefined = ''
      while (next !== undefined) {
        const response = await call('GET', `${here}?sortOrder=${order}&limit=2&continue=${next}`)
        const page = (await response.json()) as {
          items: { metadata: { name: string } }[]
          metadata: { continue?: string }
        }
        expect(page.items.length).toBeLessThanOrEqual(2)
        seen.push(...page.items.map(({ metadata }) => metadata.name))
        next = page.metadata.continue
      }
      expect(seen).toEqual(want)
    })

    test('too many to look through are refused with what to do', async () => {
      const many = Array.from({ length: 200 }, (_, index) => made(`t-${index}`, 1))
      const { call, asked } = await api({
        [`GET ${tasks}`]: () => json({ metadata: { continue: 'more' }, items: many }),
      })
      const response = await call('GET', `${here}?sortOrder=desc`)
      expect(await response.json()).toMatchObject({
        code: 413,
        message: expect.stringContaining('select a namespace') as unknown,
      })
      expect(asked).toHaveLength(50)
    })

    test('a token of the other order is refused', async () => {
      const { call } = await api({ [`GET ${tasks}`]: paged })
      const first = (await (await call('GET', `${here}?sortOrder=asc&limit=1`)).json()) as {
        metadata: { continue: string }
      }
      expect((await call('GET', `${here}?sortOrder=desc&continue=${first.metadata.continue}`)).status).toBe(400)
      expect((await call('GET', `${here}?sortOrder=desc&continue=nonsense`)).status).toBe(400)
    })
  })
})
