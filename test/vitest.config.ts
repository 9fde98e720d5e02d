import { defineConfig } from 'vitest/config'
import { ClosingLine } from './closing-line.ts'

const root = new URL('..', import.meta.url).pathname

/** The layers of `npm test`, from quick to slow; each needs more of the world than the one before. */
const layers = [
  { name: 'unit', include: ['**/*.test.ts'], exclude: ['**/*.*.test.ts'], timeoutSeconds: 20, maxWorkers: 2 },
  { name: 'opencode', include: ['**/*.opencode.test.ts'], exclude: [], timeoutSeconds: 120, maxWorkers: 1 },
  { name: 'apiserver', include: ['**/*.apiserver.test.ts'], exclude: [], timeoutSeconds: 120, maxWorkers: 1 },
  { name: 'e2e', include: ['**/*.e2e.test.ts'], exclude: [], timeoutSeconds: 300, maxWorkers: 1 },
] as const

export default defineConfig({
  root,
  test: {
    reporters: ['default', new ClosingLine()],
    passWithNoTests: false,
    projects: layers.map(({ name, include, exclude, timeoutSeconds, maxWorkers }, order) => ({
      root,
      test: {
        name,
        include: [...include],
        exclude: ['**/node_modules/**', 'dist/**', ...exclude],
        testTimeout: timeoutSeconds * 1000,
        hookTimeout: timeoutSeconds * 2000,
        pool: 'forks' as const,
        maxWorkers,
        fileParallelism: maxWorkers > 1,
        sequence: { groupOrder: order },
        ...(name === 'apiserver' || name === 'e2e' ? { globalSetup: ['test/global-setup.ts'] } : {}),
      },
    })),
  },
})
