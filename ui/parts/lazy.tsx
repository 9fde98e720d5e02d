import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Problem, Waiting } from './pieces.tsx'

/** A part of the page that is loaded when somebody wants to see it. */
export const lazy = <P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> => {
  let loaded: ComponentType<P> | undefined
  return (props) => {
    const [Found, setFound] = useState(() => loaded)
    const [problem, setProblem] = useState<string>()
    useEffect(() => {
      const fetch = async (): Promise<void> => {
        try {
          const one = await load()
          loaded = one
          setFound(() => one)
        } catch {
          setProblem(
            'This part could not be loaded: the server has another version now, or cannot be reached. Reload the page.',
          )
        }
      }
      if (!Found) void fetch()
    }, [])
    return Found ? <Found {...props} /> : problem ? <Problem text={problem} /> : <Waiting rows={3} />
  }
}
