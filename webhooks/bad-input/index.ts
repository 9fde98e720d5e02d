import { changeRows } from './changes.ts'
import { objectRows } from './objects.ts'
import { placeRows } from './places.ts'
import type { Row } from './row.ts'
import { sourceRows } from './sources.ts'
import { textRows } from './texts.ts'

/** Every class of bad input that the schema or a webhook can know. */
export const rows: readonly Row[] = [...sourceRows, ...placeRows, ...objectRows, ...textRows, ...changeRows]
