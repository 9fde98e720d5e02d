import { describe, expect, test } from 'vitest'
import { gitFault } from './faults.ts'

const context = { repository: 'https://git.example.org/a.git', ref: 'main', hasCredentials: false, secrets: ['s3cret'] }

describe('gitFault', () => {
  const cases = [
    {
      name: 'a ref that is not there',
      stderr: 'warning: x\nfatal: Remote branch main not found in upstream origin',
      says: /no branch, tag or commit "main"/,
      isPassing: false,
    },
    {
      name: 'no credentials',
      stderr: "fatal: could not read Username for 'https://git.example.org': terminal prompts disabled",
      says: /asks for credentials/,
      isPassing: false,
    },
    {
      name: 'wrong credentials',
      stderr: "fatal: Authentication failed for 'https://git.example.org/a.git/'",
      hasCredentials: true,
      says: /refuses the credentials/,
      isPassing: false,
    },
    {
      name: 'no repository',
      stderr: "fatal: repository 'https://git.example.org/a.git/' not found",
      says: /does not exist/,
      isPassing: false,
    },
    {
      name: 'an unknown certificate',
      stderr: "fatal: unable to access 'https://x/': server certificate verification failed. CAfile: none",
      says: /caBundle/,
      isPassing: false,
    },
    {
      name: 'a changed host key',
      stderr: 'Host key verification failed.\nfatal: Could not read from remote repository.',
      says: /known_hosts/,
      isPassing: false,
    },
    {
      name: 'a forbidden protocol',
      stderr: "fatal: transport 'ext' not allowed",
      says: /only https, http and ssh/,
      isPassing: false,
    },
    {
      name: 'a name that does not resolve',
      stderr: "fatal: unable to access 'https://x/': Could not resolve host: x",
      says: /check its address/,
      isPassing: true,
    },
    {
      name: 'a server error',
      stderr: "fatal: unable to access 'https://x/': The requested URL returned error: 503",
      says: /could not be cloned/,
      isPassing: true,
    },
    { name: 'silence', stderr: '', says: /no reason given/, isPassing: true },
  ]
  test.each(cases)('$name', ({ stderr, says, isPassing, hasCredentials = false }) => {
    const fault = gitFault(stderr, { ...context, hasCredentials })
    expect(fault.message).toMatch(says)
    expect(fault.message).toContain(context.repository)
    expect(fault.isPassing).toBe(isPassing)
  })

  test('no secret is repeated', () =>
    expect(gitFault("fatal: unable to access 'https://u:s3cret@x/'", context).message).not.toContain('s3cret'))
})
