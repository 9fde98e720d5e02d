import { KubeOpenCodeConfigKind } from '../../crds/config.ts'
import { validate } from '../validate.ts'

/** The schema says it all, the name of the one object included. */
export const validateConfig = validate(KubeOpenCodeConfigKind)
