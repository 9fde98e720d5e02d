import type { Profile } from '../../shared/merge-template.ts'
import { placeFaults } from '../../shared/places.ts'
import { faultText } from '../../shared/security.ts'
import type { ContextFault } from './context-files.ts'

/** Mounts of a user's own that want one path, as admission tells them too; no time mends them. */
export const mountFaults = (profile: Profile): ContextFault[] =>
  placeFaults(profile).map((fault) => ({ message: faultText(fault), isPassing: false }))
