import * as z from 'zod'
import { Contexts } from './context.ts'
import { Duration } from './duration.ts'
import type { Kind } from './kind.ts'
import { age, nameLimit, objectOf } from './kind.ts'
import { Conditions, LocalRef, ObservedGeneration } from './metadata.ts'
import { listMap, withRules, withTransitions } from './rules.ts'
import { Count, Timestamp } from './scalars.ts'

export const TaskSpec = withRules(
  z.object({
    description: z
      .string()
      .max(524288)
      .exactOptional()
      .describe('What the agent is asked to do. It becomes task.md in the workspace.'),
    agentRef: LocalRef.exactOptional().describe('Running Agent that does the Task.'),
    templateRef: LocalRef.exactOptional().describe('AgentTemplate the Task runs from, in a Pod of its own.'),
    contexts: Contexts.exactOptional().describe("Knowledge for this Task, after the Agent's or the template's."),
    timeout: Duration.exactOptional().describe('How long the Task may run, counted from its start, such as 30m.'),
  }),
  {
    rule: 'has(self.agentRef) || has(self.templateRef)',
    message: 'either agentRef or templateRef must be specified',
    holds: ({ agentRef, templateRef }) => agentRef !== undefined || templateRef !== undefined,
  },
  {
    rule: '!has(self.agentRef) || !has(self.templateRef)',
    message: 'only one of agentRef or templateRef can be specified',
    holds: ({ agentRef, templateRef }) => agentRef === undefined || templateRef === undefined,
  },
)
export type TaskSpec = z.infer<typeof TaskSpec>

export const TaskPhase = z.enum(['Pending', 'Queued', 'Running', 'Completed', 'Failed'])
export type TaskPhase = z.infer<typeof TaskPhase>

export const TaskSession = z.object({
  id: z.string().describe('Id of the session on the OpenCode server.'),
  title: z.string().exactOptional().describe('Title of the session.'),
  url: z.string().exactOptional().describe('Where the session can be looked at.'),
  summary: z
    .object({
      messageCount: Count.exactOptional().describe('Messages in the session.'),
      tokenUsage: z
        .object({
          input: z.int().min(0).exactOptional().describe('Tokens read.'),
          output: z.int().min(0).exactOptional().describe('Tokens written.'),
          reasoning: z.int().min(0).exactOptional().describe('Tokens thought.'),
          cache: z.int().min(0).exactOptional().describe('Tokens read from the cache.'),
        })
        .exactOptional()
        .describe('Tokens the session used.'),
      cost: z.string().max(64).exactOptional().describe('Cost in US dollars, as a decimal number.'),
      filesChanged: Count.exactOptional().describe('Files the agent changed.'),
      additions: Count.exactOptional().describe('Lines the agent added.'),
      deletions: Count.exactOptional().describe('Lines the agent removed.'),
    })
    .exactOptional()
    .describe('What came of it.'),
})
export type TaskSession = z.infer<typeof TaskSession>

const asking = {
  id: z.string().max(128).describe('Id that OpenCode gave the question; an answer names it.'),
  kind: z.enum(['Permission', 'Question']).describe('Leave to do something, or a question of the agent.'),
  text: z.string().max(1200).describe('What is asked, in the words of the agent.'),
}

/** How many of the rules that a standing approval would make a question shows. */
export const MOST_STANDING = 20

export const TaskQuestion = z.object({
  ...asking,
  always: z
    .array(z.string().max(400))
    .max(MOST_STANDING + 1)
    .exactOptional()
    .describe(
      "What an approval for good would let every Task of the Agent do without asking, as the Agent's server tells it: PERMISSION: PATTERN, which may be far wider than the text.",
    ),
  since: Timestamp.describe('When it was first seen.'),
  deadline: Timestamp.exactOptional().describe('When it is denied, if nobody has answered by then.'),
})
export type TaskQuestion = z.infer<typeof TaskQuestion>

/** How many answers a Task remembers. */
export const MOST_ANSWERS = 20

export const TaskAnswer = z.object({
  ...asking,
  verdict: z
    .enum(['Approved', 'ApprovedAlways', 'Denied', 'Replied'])
    .describe('What was answered. ApprovedAlways holds until the server restarts.'),
  reply: z.string().max(2000).exactOptional().describe('Words that go with it.'),
  by: z.string().max(256).describe('User who answered, as the apiserver knows them.'),
  time: Timestamp.describe('When the answer was taken.'),
})
export type TaskAnswer = z.infer<typeof TaskAnswer>

export const TaskStatus = z.object({
  observedGeneration: ObservedGeneration.exactOptional(),
  phase: TaskPhase.exactOptional().describe('State of the Task in one word. Completed and Failed are final.'),
  agentRef: LocalRef.exactOptional().describe('Agent that does the Task.'),
  templateRef: LocalRef.exactOptional().describe('Template the Task runs from.'),
  podName: z.string().exactOptional().describe('Pod of the Task.'),
  startTime: Timestamp.exactOptional().describe('When the Task started.'),
  completionTime: Timestamp.exactOptional().describe('When the Task ended.'),
  completionMinute: Timestamp.exactOptional().describe(
    'Minute of completionTime, by which the cleanup finds Tasks that are due.',
  ),
  dueMinute: Timestamp.exactOptional().describe(
    'Minute in which the timeout of a Task at work is over, by which a tick finds it.',
  ),
  session: TaskSession.exactOptional().describe('OpenCode session of the Task.'),
  queue: z
    .object({
      position: z.int32().min(1).describe('Place in the queue; 1 is next.'),
      since: Timestamp.describe('When the Task began to wait.'),
    })
    .exactOptional()
    .describe('Where the Task stands while it waits.'),
  question: TaskQuestion.exactOptional().describe('What the agent waits to be told, while it does.'),
  answers: listMap(z.array(TaskAnswer).max(MOST_ANSWERS), 'id')
    .exactOptional()
    .describe('What the agent was told, by whom; the latest last.'),
  conditions: Conditions.exactOptional(),
})
export type TaskStatus = z.infer<typeof TaskStatus>

/** A Task that runs has read these; changing them would tell a story that did not happen. */
const fixedOnceStarted = (field: 'description' | 'agentRef' | 'templateRef' | 'contexts') => ({
  rule:
    `!has(oldSelf.status) || !has(oldSelf.status.phase) || oldSelf.status.phase in ['Pending', 'Queued'] || ` +
    `(has(self.spec.${field}) == has(oldSelf.spec.${field}) && (!has(self.spec.${field}) || self.spec.${field} == oldSelf.spec.${field}))`,
  message: `${field} is immutable once the Task has left the queue: create another Task`,
  field: `spec.${field}`,
})

export const Task = withTransitions(
  withRules(
    objectOf('Task', TaskSpec.describe('What is asked for.'), TaskStatus.describe('What became of it.')),
    nameLimit(63, 'it becomes the value of the label kubeopencode.io/task'),
  ),
  fixedOnceStarted('description'),
  fixedOnceStarted('agentRef'),
  fixedOnceStarted('templateRef'),
  fixedOnceStarted('contexts'),
)
export type Task = z.infer<typeof Task>

export const TaskKind = {
  kind: 'Task',
  plural: 'tasks',
  singular: 'task',
  shortNames: ['tk'],
  categories: ['kubeopencode', 'all'],
  scope: 'Namespaced',
  description: 'One piece of work for an agent. It runs once and keeps its result.',
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'State of the Task.' },
    { name: 'Agent', type: 'string', jsonPath: '.status.agentRef.name', description: 'Agent that does the Task.' },
    {
      name: 'Template',
      type: 'string',
      jsonPath: '.status.templateRef.name',
      description: 'Template the Task runs from.',
      wide: true,
    },
    { name: 'Pod', type: 'string', jsonPath: '.status.podName', description: 'Pod of the Task.', wide: true },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.status=="True")].reason',
      description: 'Why the Task is in its state.',
      wide: true,
    },
    age,
  ],
  selectableFields: [
    '.spec.agentRef.name',
    '.spec.templateRef.name',
    '.status.phase',
    '.status.completionMinute',
    '.status.dueMinute',
  ],
  object: Task,
} as const satisfies Kind
