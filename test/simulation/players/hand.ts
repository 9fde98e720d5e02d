import type { Kind, KubeObject, Objects } from '../../../shared/kubernetes.ts'
import { resources } from '../../../shared/kubernetes.ts'
import { refOf } from '../apiserver/object.ts'
import type { Request } from '../apiserver/request.ts'
import type { Store } from '../apiserver/store.ts'
import type { Stage } from '../stage.ts'

export const namespace = 'default'

/** How a player touches the world: everything it writes waits for its turn, as the functions' calls do. */
export interface Hand {
  readonly read: <K extends Kind>(kind: K, name: string) => Objects[K] | undefined
  readonly all: <K extends Kind>(kind: K) => readonly Objects[K][]
  readonly create: (object: KubeObject) => void
  /** One after the other. */
  readonly createAll: (objects: readonly KubeObject[]) => Promise<void>
  /** As `kubectl apply`: made or replaced. */
  readonly patch: (kind: Kind, name: string, patch: object) => void
  readonly status: (kind: Kind, name: string, status: object) => void
  readonly remove: (kind: Kind, name: string, options?: object) => void
  /** What the player's clock shows, in milliseconds since 1970. */
  readonly wall: () => number
  readonly later: (seconds: number, act: () => void) => void
}

const place = (kind: Kind) => ({ kind, ...(resources[kind].namespaced && { namespace }) })

/** `by` is the player's name in the history; `ask` takes its writes. */
export const handOf = (by: string, stage: Stage, store: Store, ask: (request: Request) => unknown): Hand => {
  const send = async (request: Request): Promise<void> => {
    await stage.turn(() => true)
    await ask({ ...request, by })
  }
  const act = (request: Request): void => void send(request)
  const creation = (object: KubeObject): Request => {
    const { kind, name } = refOf(object)
    return { verb: 'create', ...place(kind), name, body: object }
  }
  return {
    read: (kind, name) => store.read({ ...place(kind), name }) as never,
    all: (kind) => store.all(kind) as readonly never[],
    create: (object) => act(creation(object)),
    createAll: async (objects) => {
      for (const object of objects) await send(creation(object))
    },
    patch: (kind, name, patch) => act({ verb: 'patch', ...place(kind), name, body: patch }),
    status: (kind, name, status) =>
      act({ verb: 'patch', ...place(kind), name, subresource: 'status', body: { status } }),
    remove: (kind, name, options = {}) => act({ verb: 'delete', ...place(kind), name, body: options }),
    wall: stage.wall,
    later: (seconds, later) => void stage.after(seconds * 1000, later),
  }
}
