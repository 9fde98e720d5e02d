import { describe, expect, test } from 'vitest'
import { certificatesOf, heldIn } from './held.ts'
import type { Held, Stored } from './held.ts'
import { issue } from './issue.ts'
import { nextCertificates, nextStep } from './next.ts'

const day = 86_400_000
const hour = 3_600_000
const start = new Date('2026-01-01T00:00:00Z')
const after = (ms: number): Date => new Date(start.getTime() + ms)
const names = ['kubeopencode-webhook.kubeopencode-system.svc']
const tenYears = { notBefore: start, notAfter: after(3650 * day) }
const another = { notBefore: after(2434 * day), notAfter: after((2434 + 3650) * day) }
const serving = (from: number, signer = 0) => ({
  notBefore: after(from),
  notAfter: after(from + 90 * day),
  names,
  signer,
})

describe('nextStep', () => {
  const cases: {
    name: string
    held: Held | undefined
    now: Date
    want: ReturnType<typeof nextStep>
    names?: string[]
  }[] = [
    { name: 'nothing there', held: undefined, now: start, want: 'start anew' },
    { name: 'fresh', held: { authorities: [tenYears], serving: serving(0) }, now: after(day), want: 'keep' },
    {
      name: 'a certificate before two thirds',
      held: { authorities: [tenYears], serving: serving(0) },
      now: after(59 * day),
      want: 'keep',
    },
    {
      name: 'a certificate after two thirds',
      held: { authorities: [tenYears], serving: serving(0) },
      now: after(61 * day),
      want: 'renew serving',
    },
    {
      name: 'a certificate that is over',
      held: { authorities: [tenYears], serving: serving(0) },
      now: after(91 * day),
      want: 'renew serving',
    },
    {
      name: 'a name it does not have',
      held: { authorities: [tenYears], serving: serving(0) },
      now: after(day),
      names: ['other.svc'],
      want: 'renew serving',
    },
    {
      name: 'an authority after two thirds',
      held: { authorities: [tenYears], serving: serving(2400 * day) },
      now: after(2434 * day),
      want: 'announce authority',
    },
    {
      name: 'both at once: the authority first',
      held: { authorities: [tenYears], serving: serving(2370 * day) },
      now: after(2434 * day),
      want: 'announce authority',
    },
    {
      name: 'just announced',
      held: { authorities: [tenYears, another], serving: serving(2400 * day) },
      now: after(2434 * day + hour / 2),
      want: 'keep',
    },
    {
      name: 'announced an hour ago',
      held: { authorities: [tenYears, another], serving: serving(2400 * day) },
      now: after(2434 * day + 1.1 * hour),
      want: 'renew serving',
    },
    {
      name: 'just signed by the new one',
      held: { authorities: [tenYears, another], serving: serving(2434 * day + 2 * hour, 1) },
      now: after(2434 * day + 2.5 * hour),
      want: 'keep',
    },
    {
      name: 'signed by the new one an hour ago',
      held: { authorities: [tenYears, another], serving: serving(2434 * day + 2 * hour, 1) },
      now: after(2434 * day + 3.2 * hour),
      want: 'forget authorities',
    },
    {
      name: 'the old one forgotten',
      held: { authorities: [another], serving: serving(2434 * day + 2 * hour) },
      now: after(2435 * day),
      want: 'keep',
    },
    {
      name: 'just announced, but nothing to serve',
      held: { authorities: [tenYears, another], serving: serving(2300 * day) },
      now: after(2434 * day + hour / 2),
      want: 'renew serving',
    },
    {
      name: 'asleep until the authority was over',
      held: { authorities: [tenYears], serving: serving(3600 * day) },
      now: after(3651 * day),
      want: 'start anew',
    },
    {
      name: 'asleep until the signer was over',
      held: { authorities: [tenYears, another], serving: serving(3600 * day) },
      now: after(3651 * day),
      want: 'renew serving',
    },
  ]
  test.each(cases)('$name', (row) => expect(nextStep(row.held, row.names ?? names, row.now)).toBe(row.want))
})

const fresh = async (): Promise<Stored> => (await nextCertificates({}, names, start))!

describe('what heals', () => {
  const cases: { name: string; spoil: (stored: Stored) => Partial<Stored> | Promise<Partial<Stored>> }[] = [
    { name: 'nothing in it', spoil: () => ({}) },
    { name: 'no authority', spoil: (stored) => ({ ...stored, 'ca.crt': '' }) },
    { name: 'no key of the authority', spoil: (stored) => ({ ...stored, 'ca.key': '' }) },
    { name: 'text that is no certificate', spoil: (stored) => ({ ...stored, 'tls.crt': 'hello' }) },
    {
      name: 'a certificate of letters',
      spoil: (stored) => ({ ...stored, 'ca.crt': `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----` }),
    },
    { name: 'half a certificate', spoil: (stored) => ({ ...stored, 'ca.crt': stored['ca.crt'].slice(0, 200) }) },
    { name: 'the key of another', spoil: async (stored) => ({ ...stored, 'tls.key': (await fresh())['tls.key'] }) },
    {
      name: 'a certificate of another authority',
      spoil: async (stored) => ({ ...(await fresh()), 'ca.crt': stored['ca.crt'] }),
    },
  ]
  test.each(cases)('$name', async ({ spoil }) => {
    const healed = await nextCertificates(await spoil(await fresh()), names, start)
    expect(heldIn(healed!)).toMatchObject({ authorities: [{}], serving: { names, signer: 0 } })
    expect(await nextCertificates(healed!, names, start)).toBeUndefined()
  })
})

test('an authority is replaced step by step: what is served is always trusted by what was known before', async () => {
  let stored = await fresh()
  let trusted = stored['ca.crt']
  const steps: string[] = []
  const surprises: string[] = []
  for (let at = 0; at < 3000 * day;) {
    const now = after(at)
    const held = heldIn(stored)!
    const step = nextStep(held, names, now)
    const next = await nextCertificates(stored, names, now)
    if (next) {
      steps.push(step)
      // The signer of whatever is served next is trusted already.
      const signer = certificatesOf(next['ca.crt'])[heldIn(next)!.serving.signer]!
      if (!trusted.includes(signer.trim())) surprises.push(now.toISOString())
      stored = next
    }
    trusted = stored['ca.crt']
    expect(heldIn(stored)!.serving.notAfter > now).toBe(true)
    at += next ? 2 * hour : 5 * day
  }
  expect(steps.filter((step) => step !== 'renew serving')).toEqual(['announce authority', 'forget authorities'])
  expect(surprises).toEqual([])
  expect(certificatesOf(stored['ca.crt'])).toHaveLength(1)
}, 300_000)

test('a certificate does not outlive its authority', async () => {
  const { authority, serving: made } = await issue({ names, now: start, caValidDays: 30, servingValidDays: 90 })
  const held = heldIn({
    'ca.crt': authority.certificate,
    'ca.key': authority.key,
    'tls.crt': made.certificate,
    'tls.key': made.key,
  })
  expect(held?.serving.notAfter).toEqual(held?.authorities[0]?.notAfter)
})
