import { stringify } from 'yaml'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { install } from './install.ts'
import type { Output } from './output.ts'
import { GENERATED } from './output.ts'

/** YAML of one object, the same for the same object. */
export const yamlOf = (object: object): string => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })

/** Several objects in one file. */
export const yamlDocuments = (objects: readonly KubeObject[]): string => objects.map(yamlOf).join('---\n')

/** Everything in one file for `kubectl apply -f`, and the folder for `kubectl apply -k`. */
export const manifests = (): Output[] => [
  { path: 'infra/manifests/install.yaml', content: GENERATED + yamlDocuments(install()) },
  {
    path: 'infra/manifests/kustomization.yaml',
    content:
      GENERATED +
      yamlOf({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources: ['install.yaml'] }),
  },
]
