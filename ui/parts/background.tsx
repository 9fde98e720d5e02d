import type { AnyObject, Plural } from '../api/types.ts'
import { Happenings } from './happenings.tsx'
import { Conditions, Section } from './pieces.tsx'
import { Source } from './source.tsx'

/** What every page of one object ends with: its conditions, what happened to it, and how it is written. */
export const Background = ({ plural, object }: { plural: Plural; object: AnyObject }) => {
  const { namespace = '', name, resourceVersion } = object.metadata
  return (
    <>
      <Section title="Conditions">
        <Conditions conditions={object.status?.conditions} />
      </Section>
      <Happenings plural={plural} namespace={namespace} name={name} version={resourceVersion} />
      <Source plural={plural} namespace={namespace} name={name} />
    </>
  )
}
