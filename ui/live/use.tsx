import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useReducer, useState } from 'preact/hooks'
import type { Live, LiveState } from './live.ts'
import { startLive } from './live.ts'
import type { Store } from './store.ts'
import { createStore } from './store.ts'

interface World {
  readonly store: Store
  readonly state: LiveState
}

/** A frame, and in a page that nobody looks at a second: there are no frames there. */
const soon = (tell: () => void): void => {
  if (document.visibilityState === 'hidden') setTimeout(tell, 1000)
  else requestAnimationFrame(tell)
}

const nothing: World = { store: createStore(() => {}), state: 'connecting' }
const Context = createContext<World>(nothing)

/** Keeps the objects of a namespace, or of all of them, for everything below. */
export const LiveObjects = ({
  namespace,
  children,
}: {
  namespace: string | undefined
  children: ComponentChildren
}) => {
  const [world, setWorld] = useState<World>(nothing)
  useEffect(() => {
    const store = createStore(soon)
    const live: Live = startLive(store, namespace, (state) => setWorld({ store, state }))
    const wake = (): void => {
      if (document.visibilityState === 'visible') live.wake()
    }
    document.addEventListener('visibilitychange', wake)
    addEventListener('online', wake)
    return () => {
      document.removeEventListener('visibilitychange', wake)
      removeEventListener('online', wake)
      live.stop()
    }
  }, [namespace])
  return <Context.Provider value={world}>{children}</Context.Provider>
}

export const useLiveState = (): LiveState => useContext(Context).state

/** The store; whoever uses it is drawn again when something in it has changed. */
export const useObjects = (): Store => {
  const { store } = useContext(Context)
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    redraw(undefined)
    return store.subscribe(() => redraw(undefined))
  }, [store])
  return store
}
