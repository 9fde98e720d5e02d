import type { Wake } from '../observe.ts'
import { itself } from '../observe.ts'

export const observeCronTask: Wake = ({ metadata }) => [itself('CronTask', metadata)]
