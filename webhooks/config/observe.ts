import type { Wake } from '../observe.ts'
import { itself } from '../observe.ts'

export const observeConfig: Wake = ({ metadata }) => [itself('KubeOpenCodeConfig', metadata)]
