import { join } from 'node:path'
import type { Api } from './api.ts'
import { start } from './processes.ts'

export const STORAGE_USER = 'kubeopencode:storage'
export const STORAGE_CLASS = 'local'
export const PROVISIONER = 'kubeopencode.io/local'

/** The default StorageClass, and the right to serve it. */
export const applyStorageObjects = async (api: Api): Promise<void> => {
  const rbac = 'rbac.authorization.k8s.io'
  await api.apply(`/apis/storage.k8s.io/v1/storageclasses/${STORAGE_CLASS}`, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate', // there is one node, so there is nothing to wait for
  })
  await api.apply(`/apis/${rbac}/v1/clusterrolebindings/${STORAGE_USER}`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: STORAGE_USER },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'system:persistent-volume-provisioner' },
    subjects: [{ apiGroup: rbac, kind: 'User', name: STORAGE_USER }],
  })
}

/** A process of its own: volumes must be served for as long as the cluster runs, not as long as who started it. */
export const startStorage = (dir: string): boolean =>
  start(dir, { name: 'storage', command: process.execPath, args: [join(import.meta.dirname, 'storage-main.ts'), dir] })
