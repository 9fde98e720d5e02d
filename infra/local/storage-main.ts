import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, connect } from './api.ts'
import { readSettings } from './settings.ts'
import { PROVISIONER, STORAGE_CLASS } from './storage.ts'
import { type Seen, follow } from './watch.ts'

type Claim = Seen & {
  readonly spec: {
    readonly storageClassName?: string
    readonly volumeName?: string
    readonly accessModes: readonly string[]
    readonly resources: { readonly requests: { readonly storage: string } }
  }
}

type Volume = Seen & {
  readonly spec: { readonly persistentVolumeReclaimPolicy: string; readonly hostPath?: { readonly path: string } }
  readonly status?: { readonly phase?: string }
}

const VOLUMES = '/api/v1/persistentvolumes'

/** The volume's name follows from the claim's uid, so that making it twice makes it once. */
const provision = async (api: Api, folder: string, { metadata, spec }: Claim): Promise<void> => {
  if (spec.storageClassName !== STORAGE_CLASS || spec.volumeName || metadata.deletionTimestamp) return
  const name = `pvc-${metadata.uid}`
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  chmodSync(path, 0o777) // containers run as whichever user their image says
  const { status, text } = await api.call('POST', VOLUMES, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER } },
    spec: {
      accessModes: spec.accessModes,
      capacity: { storage: spec.resources.requests.storage },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name: metadata.name,
        namespace: metadata.namespace,
        uid: metadata.uid,
      },
      hostPath: { path },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: STORAGE_CLASS,
    },
  })
  if (status >= 300 && status !== 409) throw new Error(`The volume ${name} was refused with ${status}: ${text}`)
  console.log(`${metadata.namespace}/${metadata.name}: ${path}`)
}

const reclaim = async (api: Api, folder: string, { metadata, spec, status }: Volume): Promise<void> => {
  const isOurs = metadata.annotations?.['pv.kubernetes.io/provisioned-by'] === PROVISIONER
  if (!isOurs || status?.phase !== 'Released' || spec.persistentVolumeReclaimPolicy !== 'Delete') return
  rmSync(join(folder, metadata.name), { recursive: true, force: true })
  await api.call('DELETE', `${VOLUMES}/${metadata.name}`, { preconditions: { uid: metadata.uid } })
  console.log(`${metadata.name}: removed`)
}

const dir = process.argv[2]
const settings = dir === undefined ? undefined : readSettings(dir)
if (dir === undefined || !settings) throw new Error('usage: storage-main.ts FOLDER, with the folder of a local cluster')
const api = connect(dir, settings, 'storage')
const folder = join(dir, 'volumes')

/** A failure is told and tried again from a fresh list: volumes have no other way to be healed. */
const forever = async (work: () => Promise<void>): Promise<never> => {
  for (;;) {
    await work().catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
    await sleep(1_000)
  }
}

const serveClaims = async (): Promise<void> => {
  for await (const claim of follow(api, '/api/v1/persistentvolumeclaims')) await provision(api, folder, claim as Claim)
}

const serveVolumes = async (): Promise<void> => {
  for await (const volume of follow(api, VOLUMES)) await reclaim(api, folder, volume as Volume)
}

await Promise.all([forever(serveClaims), forever(serveVolumes)])
