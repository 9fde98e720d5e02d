/**
 * The demo's job, in one place: the repository the git server seeds, the prompt, and what the mock model does about it.
 * The steps only make sense together with these files, and the tests run them against each other.
 */
import type { Move, ToolResult } from './mock-conversation.ts'

export const demoRepositoryName = 'tea-timer'

export const demoPrompt =
  'The tests of tea-timer fail. Find out why, fix the code (not the tests), and show that they pass.'

const readme = `# tea-timer

Tells how long your tea still has to steep.

    $ node timer.js green
    green tea: 3:00 left

Run the tests with \`npm test\`.
`

const timer = `import { formatTime } from './format-time.js'

const seconds = { green: 180, black: 245, herbal: 480 }

const tea = process.argv[2] ?? 'green'
if (!(tea in seconds)) {
  console.error(\`unknown tea "\${tea}"; choose one of \${Object.keys(seconds).join(', ')}\`)
  process.exit(1)
}
console.log(\`\${tea} tea: \${formatTime(seconds[tea])} left\`)
`

const brokenLine = '  return `${minutes}:${rest}`\n'
const fixedLine = "  return `${minutes}:${String(rest).padStart(2, '0')}`\n"

const formatTime = `/** Seconds as minutes and seconds, as on a kitchen clock: 65 is 1:05. */
export const formatTime = (seconds) => {
  const minutes = Math.floor(seconds / 60)
  const rest = seconds % 60
${brokenLine}}
`

const test = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTime } from './format-time.js'

test('whole minutes', () => assert.equal(formatTime(180), '3:00'))
test('seconds below ten keep their zero', () => assert.equal(formatTime(65), '1:05'))
test('seconds above ten', () => assert.equal(formatTime(95), '1:35'))
`

/** Path to content. */
export const demoRepositoryFiles: Readonly<Record<string, string>> = {
  'README.md': readme,
  'package.json': `${JSON.stringify({ name: demoRepositoryName, version: '1.0.0', type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
  'timer.js': timer,
  'format-time.js': formatTime,
  'format-time.test.js': test,
}

const sourceFile = 'format-time.js'

const directoryOf = (results: readonly ToolResult[]): string | undefined =>
  results[0]?.output
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.endsWith(`/${sourceFile}`))
    ?.slice(0, -sourceFile.length - 1)

const runTests = (directory: string, say: string): Move => ({
  type: 'call',
  say,
  call: { tool: 'bash', input: { command: 'node --test', workdir: directory, description: 'Runs the tests' } },
})

const isPassing = (output: string): boolean => /\bfail 0\b/.test(output) && /\bpass [1-9]/.test(output)

/** One step after another; the number of tool results says which comes next. */
export const demoStep = (results: readonly ToolResult[]): Move => {
  if (results.length === 0)
    return {
      type: 'call',
      say: 'I look for the code first.',
      call: { tool: 'glob', input: { pattern: `**/${sourceFile}` } },
    }

  const directory = directoryOf(results)
  if (directory === undefined)
    return { type: 'answer', text: `I did not find ${sourceFile} in the workspace, so I changed nothing.` }
  const filePath = `${directory}/${sourceFile}`

  if (results.length === 1) return runTests(directory, 'Here it is. I run the tests to see the failure myself.')
  if (results.length === 2) {
    if (isPassing(results[1]?.output ?? ''))
      return { type: 'answer', text: 'All tests pass already, so I changed nothing.' }
    return {
      type: 'call',
      say: 'Two tests fail: 65 seconds should read 1:05, not 1:5. I read the function.',
      call: { tool: 'read', input: { filePath } },
    }
  }
  if (results.length === 3)
    return {
      type: 'call',
      say: 'The seconds are not padded: 5 becomes "5" and not "05". I pad them to two digits.',
      call: { tool: 'edit', input: { filePath, oldString: brokenLine.trimEnd(), newString: fixedLine.trimEnd() } },
    }
  if (results.length === 4) return runTests(directory, 'Fixed. Now I run the tests again.')
  if (!isPassing(results[4]?.output ?? ''))
    return { type: 'answer', text: 'The tests still fail after my change; please look at the output above.' }
  if (results.length === 5)
    return {
      type: 'call',
      say: 'They pass. I check what I changed.',
      call: {
        tool: 'bash',
        input: { command: 'git diff --stat', workdir: directory, description: 'Shows what has changed' },
      },
    }
  return {
    type: 'answer',
    text: `Done. formatTime in ${sourceFile} joined minutes and seconds without padding, so 65 seconds read 1:5. It now pads the seconds to two digits, and all tests pass. I changed one line and left the tests alone.`,
  }
}
