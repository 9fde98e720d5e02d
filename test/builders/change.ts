/** A modifier of a built object: gives a changed copy. */
export type Change<T> = (object: T) => T

export const changed = <T>(object: T, changes: readonly Change<T>[]): T =>
  changes.reduce((before, change) => change(before), object)

interface Named {
  readonly metadata?: object
}

/** Changes metadata of any object. */
export const withMetadata =
  (metadata: object) =>
  <T extends Named>(object: T): T => ({ ...object, metadata: { ...object.metadata, ...metadata } })

/** Somebody deleted it; it goes at `deletionTimestamp`. */
export const deleted = (deletionTimestamp: string) => withMetadata({ deletionTimestamp })
