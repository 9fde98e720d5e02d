import * as z from 'zod'
import { matches, matchesNot, withRules } from './rules.ts'

/** Name of another object. It can never point into another namespace, because a slash is no part of a name. */
export const ObjectName = withRules(
  z.string().max(253),
  matches(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    'must be the plain name of an object in the same namespace: lower case letters, digits, - and .',
  ),
)

/** The same, deep inside of Kubernetes' own types, where the apiserver has no budget for a rule. */
export const PodObjectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)

/** RFC 1123 label, as Kubernetes uses it for names inside of an object. */
export const DnsLabel = withRules(
  z.string().max(63),
  matches(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'must be a DNS label: lower case letters, digits and -, starting and ending with a letter or digit',
  ),
)

export const Image = withRules(
  z.string().max(512),
  matches(
    /^[0-9A-Za-z][-0-9A-Za-z._:/@[\]+]*$/,
    'must be an image reference such as registry.example.com/team/image:v1',
  ),
)

export const Port = z.int32().min(1).max(65535)

/** Permission bits only: no setuid, setgid or sticky bit. A rule, because a bound alone does not say what to write. */
export const FileMode = withRules(z.int32(), {
  rule: 'self >= 0 && self <= 511',
  message: 'must be permission bits from 0 to 0777, which JSON writes in decimal: 0755 is 493, 0777 is 511',
  holds: (mode) => mode >= 0 && mode <= 0o777,
})

export const Count = z.int32().min(0)

export const Timestamp = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), { message: 'must be an RFC 3339 time' })
  .meta({ format: 'date-time' })

export const StringMap = z.record(z.string(), z.string())

/** A Kubernetes quantity. Written as a number or as text, read as text. */
export const Quantity = z
  .union([
    z.int(),
    z
      .string()
      .max(64)
      .regex(
        /^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$/,
      ),
  ])
  .transform(String)
  .meta({ 'x-kubernetes-int-or-string': true })

/** A number or a name, as Kubernetes has it for ports. */
export const IntOrString = z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true })

/** Size of a volume claim. */
export const StorageSize = withRules(
  z.string().max(32),
  matches(
    /^(0\.0*[1-9][0-9]*|0*[1-9][0-9]*(\.[0-9]+)?)([KMGTPE]i|[kMGTPE])?$/,
    'must be a size greater than zero, such as 500Mi or 10Gi',
  ),
)

/** An environment variable that may be set from outside. */
export const EnvName = withRules(
  z.string().max(128),
  matches(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable: letters, digits and _'),
  matchesNot(
    /^(LD_.*|DYLD_.*|KUBERNETES_.*|PATH|ENV|BASH_ENV|BASH_FUNC_.*|SHELLOPTS|PROMPT_COMMAND|IFS|NODE_OPTIONS|BUN_OPTIONS|BUN_BE_BUN|PYTHONSTARTUP|PYTHONPATH|PERL5OPT|RUBYOPT|GIT_SSH|GIT_SSH_COMMAND|GIT_ASKPASS|GIT_EXEC_PATH|GIT_PROXY_COMMAND|GIT_EXTERNAL_DIFF|GIT_CONFIG.*)$/,
    'is reserved, because it changes which code runs: choose another variable',
  ),
  matchesNot(
    /^(OPENCODE_SERVER_(PASSWORD|USERNAME)|KUBEOPENCODE_.*)$/,
    "is set by the controller, which gives every Agent's server a password of its own: leave it out",
  ),
)
