import type { KubeObject } from '../../shared/kubernetes.ts'
import type { InstallOptions } from './install.ts'

export const webhooks = (_options: InstallOptions): KubeObject[] => []
