import { expect, test } from 'vitest'
import { isWrite, requestsOf, tally } from './audit.ts'

const line = (verb: string, objectRef: object | undefined, change: object = {}): string =>
  `${JSON.stringify({
    stage: 'ResponseComplete',
    verb,
    user: { username: 'functions' },
    requestURI: '/somewhere?limit=1',
    ...(objectRef && { objectRef }),
    responseStatus: { code: 200 },
    ...change,
  })}\n`

const pods = { resource: 'pods' }

test('counts what one user was answered, by verb, resource and refusal', () => {
  const text = [
    line('create', pods, { responseStatus: { code: 201 } }),
    line('patch', { resource: 'tasks', subresource: 'status' }),
    line('patch', { resource: 'tasks', subresource: 'status' }),
    line('patch', { resource: 'tasks', subresource: 'status' }, { responseStatus: { code: 409 } }),
    line('create', pods, { user: { username: 'player' } }),
    line('watch', pods, { stage: 'ResponseStarted' }),
    line('get', undefined),
  ].join('')
  expect(tally(requestsOf('functions', text))).toEqual([
    ['patch tasks/status', 2],
    ['create pods', 1],
    ['patch tasks/status → 409', 1],
    ['get /somewhere', 1],
  ])
})

test('leaves a line for later that is not written to its end', () => {
  const text = line('get', pods) + line('get', pods)
  expect(requestsOf('functions', text.slice(0, -10))).toHaveLength(1)
  expect(requestsOf('functions', '')).toEqual([])
})

test('what only looks is no write', () => {
  const isWriting = (verb: string): boolean => isWrite({ verb, resource: 'pods', code: 200 })
  expect(['get', 'list', 'watch'].filter(isWriting)).toEqual([])
  expect(['create', 'update', 'patch', 'delete', 'deletecollection'].filter(isWriting)).toHaveLength(5)
})
