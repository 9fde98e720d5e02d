import * as z from 'zod'
import { AbsoluteMountPath } from './paths.ts'
import { listMap, withRules } from './rules.ts'
import { EnvName, FileMode, ObjectName } from './scalars.ts'

/** A Secret for the agent: as one variable, one file, all variables or a directory. */
export const Credential = withRules(
  z.object({
    name: z.string().min(1).max(63).describe('Name of the credential, unique in its list.'),
    secretRef: z
      .object({
        name: ObjectName.describe('Name of the Secret, in the same namespace.'),
        key: z.string().min(1).max(253).exactOptional().describe('One key of it; every key if unset.'),
      })
      .describe('The Secret, and which part of it.'),
    env: EnvName.exactOptional().describe('Variable that gets the value of secretRef.key.'),
    mountPath: AbsoluteMountPath.exactOptional().describe(
      'File that gets the value of secretRef.key; without a key, directory with a file for each key.',
    ),
    fileMode: FileMode.default(0o600).describe('Permission bits of the files, 0 to 0777 (511 in decimal).'),
  }),
  {
    rule: '!has(self.env) || has(self.secretRef.key)',
    message: 'env can only be set when secretRef.key is specified',
    holds: ({ env, secretRef }) => env === undefined || secretRef.key !== undefined,
    field: 'env',
  },
)
export type Credential = z.infer<typeof Credential>

export const Credentials = listMap(z.array(Credential).max(64), 'name')
