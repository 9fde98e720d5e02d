#!/usr/bin/env node
import module from 'node:module'

/** The oldest Node whose own parts are enough. */
const oldestNode = 22

if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  process.stderr.write(`kubeoc needs Node ${oldestNode} or newer, and this is ${process.version}.\n`)
  process.exitCode = 1
} else {
  // Compiled once, read many times: most of a short command's time is the compiling.
  module.enableCompileCache?.()
  const [{ run }, { processIo }] = await Promise.all([import('./program.ts'), import('./process-io.ts')])
  const io = processIo()
  process.on('uncaughtException', (error) => {
    process.stderr.write(`error: ${error.message}\n`)
    process.exit(1)
  })
  const code = await run(process.argv.slice(2), io, process.argv[1])
  process.exitCode = code
  // What a person has ended does not wait for connections to close.
  if (io.interrupted.aborted) process.exit(code)
}
