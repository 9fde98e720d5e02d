import type { Held, Life, Stored } from './held.ts'
import { backdateMs, blocksOf, certificatesOf, heldIn, lifeOf } from './held.ts'

/** Certificates are made a few times a year; what makes them takes 8 MB. */
const issuing = () => import('./issue.ts')

/** How long a new authority is trusted before anything it signed is served, and an old one after. */
export const overlapMs = 3_600_000

/**
 * What is to be done. An authority is replaced in three steps, an hour apart and at two thirds of its life: the new one
 * is trusted beside the old one, then it signs the certificate that is served, then the old one is forgotten.
 */
export type Step = 'keep' | 'start anew' | 'announce authority' | 'renew serving' | 'forget authorities'

const isPast = (at: number, now: Date): boolean => now.getTime() >= at

const isDue = ({ notBefore, notAfter }: Life, now: Date): boolean =>
  isPast(notBefore.getTime() + ((notAfter.getTime() - notBefore.getTime()) * 2) / 3, now)

const isOver = ({ notAfter }: Life, now: Date): boolean => isPast(notAfter.getTime(), now)

/** Whether what was made then has been known everywhere for long enough. */
const hasSettled = ({ notBefore }: Life, now: Date): boolean =>
  isPast(notBefore.getTime() + backdateMs + overlapMs, now)

/** Pure: the next step for what is held, for a server of these names. */
export const nextStep = (held: Held | undefined, names: readonly string[], now: Date): Step => {
  const newest = held?.authorities.at(-1)
  if (!held || !newest || isOver(newest, now)) return 'start anew'
  const { authorities, serving } = held
  const signer = authorities[serving.signer]

  const isUseless = isOver(serving, now) || !signer || isOver(signer, now)
  if (isUseless || names.some((name) => !serving.names.includes(name))) return 'renew serving'

  if (signer !== newest) return hasSettled(newest, now) ? 'renew serving' : 'keep'
  if (authorities.length > 1 && hasSettled(serving, now)) return 'forget authorities'
  if (authorities.length === 1 && isDue(newest, now)) return 'announce authority'
  return isDue(serving, now) ? 'renew serving' : 'keep'
}

const fromNothing = async (names: readonly string[], now: Date): Promise<Stored> => {
  const { issue } = await issuing()
  const { authority, serving } = await issue({ names, now })
  return {
    'ca.crt': authority.certificate,
    'ca.key': authority.key,
    'tls.crt': serving.certificate,
    'tls.key': serving.key,
  }
}

/** `stored` one step further. It was found to be complete. */
const oneStep = async (
  step: Exclude<Step, 'keep' | 'start anew'>,
  stored: Stored,
  names: readonly string[],
  now: Date,
): Promise<Stored> => {
  const { issueAuthority, issueServing } = await issuing()
  if (step === 'announce authority') {
    const { certificate, key } = await issueAuthority(now)
    return { ...stored, 'ca.crt': `${stored['ca.crt'].trimEnd()}\n${certificate}`, 'ca.key': key }
  }
  const newest = certificatesOf(stored['ca.crt']).at(-1) ?? ''
  if (step === 'forget authorities') return { ...stored, 'ca.crt': newest }
  const { certificate, key } = await issueServing({ certificate: newest, key: stored['ca.key'] }, names, now)
  return { ...stored, 'tls.crt': certificate, 'tls.key': key }
}

/** What the Secret should hold after the next step; undefined when it should stay as it is. */
export const nextCertificates = async (
  stored: Partial<Stored>,
  names: readonly string[],
  now: Date,
): Promise<Stored | undefined> => {
  const step = nextStep(heldIn(stored), names, now)
  if (step === 'keep') return undefined
  return step === 'start anew' ? fromNothing(names, now) : oneStep(step, stored as Stored, names, now)
}

/**
 * Whom the apiserver should trust: the authorities of `bundle`, and while the newest of them is new, also whom it trusts
 * `already`. Where a Secret was lost and made anew, other copies go on serving what the old authority signed until they
 * have looked.
 */
export const trustedBundle = (bundle: string, already: string, now: Date): string => {
  const own = certificatesOf(bundle)
  const newest = own.at(-1)
  if (newest === undefined || hasSettled(lifeOf(newest), now)) return bundle
  const others = blocksOf(already).filter((block) => !blocksOf(bundle).includes(block))
  return [...others, bundle].join('\n')
}
