import { defineConfig } from 'vitest/config'
import { ClosingLine } from './closing-line.ts'

const root = new URL('..', import.meta.url).pathname

interface Layer {
  readonly name: string
  readonly include: string
  readonly exclude?: string
  /** Many times what its slowest test takes: a machine that is busy or slow is no fault. */
  readonly timeoutSeconds: number
  readonly maxWorkers: number
  /** Prepares what all files of the layer share. */
  readonly setup?: readonly string[]
  /** Runs in each file of the layer. */
  readonly each?: string
}

/** The layers of `npm test`, from quick to slow; each needs more of the world than the one before. */
const layers: readonly Layer[] = [
  { name: 'unit', include: '**/*.test.ts', exclude: '**/*.*.test.ts', timeoutSeconds: 90, maxWorkers: 2 },
  {
    name: 'opencode',
    include: '**/*.opencode.test.ts',
    timeoutSeconds: 480,
    maxWorkers: 1,
    setup: ['test/pod/global-setup.ts'],
  },
  {
    name: 'apiserver',
    include: '**/*.apiserver.test.ts',
    timeoutSeconds: 480,
    maxWorkers: 1,
    // A picture shows OpenCode at work.
    setup: ['test/pod/global-setup.ts', 'test/global-setup.ts'],
  },
  {
    name: 'e2e',
    include: '**/*.e2e.test.ts',
    timeoutSeconds: 900,
    maxWorkers: 1,
    setup: ['test/e2e/global-setup.ts'],
    each: 'test/e2e/leave.ts',
  },
]

/** How long `expect.poll` waits where it is not told otherwise; vitest's own second is none on a busy machine. */
const pollSeconds = 60

export default defineConfig({
  root,
  test: {
    reporters: ['default', new ClosingLine()],
    passWithNoTests: false,
    projects: layers.map(({ name, include, exclude, timeoutSeconds, maxWorkers, setup, each }, order) => ({
      root,
      test: {
        name,
        include: [include],
        exclude: ['**/node_modules/**', 'dist/**', ...(exclude ? [exclude] : [])],
        testTimeout: timeoutSeconds * 1000,
        hookTimeout: timeoutSeconds * 2000,
        expect: { poll: { timeout: pollSeconds * 1000 } },
        pool: 'forks' as const,
        maxWorkers,
        fileParallelism: maxWorkers > 1,
        maxConcurrency: 2,
        sequence: { groupOrder: order },
        ...(setup && { globalSetup: [...setup] }),
        ...(each && { setupFiles: [each] }),
      },
    })),
  },
})
