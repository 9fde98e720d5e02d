import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with one plain line, `N passed, N failed`. A file that could not be loaded and an error outside of any
 * test count as failed, and so does a test that was skipped: what did not run has not passed.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0
    let failed = unhandled.length
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else {
          failed += 1
          if (state !== 'failed') {
            console.log(`not run: ${module.moduleId}: ${test.fullName}`)
            process.exitCode = 1
          }
        }
      }
    }
    console.log(`\n${passed} passed, ${failed} failed`)
  }
}
