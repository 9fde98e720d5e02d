import { reservedVariables } from '../../crds/samples/edges.ts'
import type { Row } from './row.ts'
import { agent, context, refused, taken, task, warned } from './row.ts'

const mountPath = 'spec.contexts[0].mountPath'
const put = (value: unknown) => context({ text: 'x', mountPath: value })
const credential = (fields: object) =>
  agent({ credentials: [{ name: 'c', secretRef: { name: 's', key: 'k' }, ...fields }] })

const reserved = [
  '/tools/opencode',
  '/tools',
  '//tools//x',
  '/./tools',
  '/var/run/secrets/kubernetes.io',
  '/run/secrets/x',
  '/proc/x',
  '/sys',
  '/dev/null',
  '/etc/ssl/certs/x',
  '/etc',
  '/git/x',
  '/skills/x',
  '/plugins/x',
  '/data/sessions/opencode.db',
  '/',
]

/** Where files go, and which. */
export const placeRows: readonly Row[] = [
  ...refused(13, mountPath, "must not contain '..'", put, ['/workspace/../etc/passwd', 'a/../../b', '..', 'a/..']),
  ...refused(13, 'spec.workspaceDir', "must not contain '..'", (workspaceDir) => agent({ workspaceDir }), [
    '/a/../etc',
  ]),
  ...refused(
    13,
    'spec.workspaceDir',
    'must be an absolute path of letters',
    (workspaceDir) => agent({ workspaceDir }),
    ['workspace', '/a b', '/a;id', '/$(id)', '/a`id`', '/a"b', '/'],
  ),
  ...refused(13, mountPath, 'without control characters', put, ['a\u0000b', 'a\nb', 'a:b', 'a\\b', '']),
  ...refused(14, mountPath, 'must not be in, or cover, a reserved directory', put, reserved),
  ...refused(
    14,
    'spec.credentials[0].mountPath',
    'reserved directory',
    (path) => credential({ mountPath: path }),
    reserved,
  ),
  ...refused(14, 'spec.workspaceDir', 'reserved directory', (workspaceDir) => agent({ workspaceDir }), [
    '/tools',
    '/etc/ssl/x',
  ]),
  ...taken(15, (paths) => task({ contexts: (paths as string[]).map((path) => ({ text: 'x', mountPath: path })) }), [
    ['/a/b', '/a-b'],
  ]),
  ...warned(
    15,
    'spec.contexts: mount path conflict',
    (paths) => task({ contexts: (paths as string[]).map((path) => ({ text: 'x', mountPath: path })) }),
    [['a/b', './a//b']],
  ),
  ...refused(
    19,
    'spec.contexts[0].fileMode',
    'must be permission bits from 0 to 0777',
    (fileMode) => context({ text: 'x', fileMode }),
    [0o4777, -1, 99_999, 0o1000],
  ),
  ...refused(
    19,
    'spec.credentials[0].fileMode',
    'must be permission bits from 0 to 0777',
    (fileMode) => credential({ fileMode }),
    [0o4777, -1],
  ),
  ...refused(
    39,
    'spec.credentials[0].env',
    'is reserved, because it changes which code runs',
    (env) => credential({ env }),
    [...reservedVariables, 'BUN_BE_BUN'],
  ),
  ...refused(39, 'spec.credentials[0].env', 'is set by the controller', (env) => credential({ env }), [
    'OPENCODE_SERVER_PASSWORD',
    'OPENCODE_SERVER_USERNAME',
    'KUBEOPENCODE_PASSWORD_SHA256',
  ]),
  ...refused(
    39,
    'spec.podSpec.extraEnv[0].name',
    'is reserved',
    (name) => agent({ podSpec: { extraEnv: [{ name, value: 'x' }] } }),
    ['LD_PRELOAD', 'PATH', 'NODE_OPTIONS'],
  ),
  ...refused(
    39,
    'spec.credentials[0].env',
    'must be the name of an environment variable',
    (env) => credential({ env }),
    ['A=B', '1A', 'A B', ''],
  ),
  ...warned(
    36,
    'spec.podSpec.extraEnv[0].value: holds a secret in clear text',
    (name) => agent({ podSpec: { extraEnv: [{ name, value: 'planted' }] } }),
    ['GITHUB_TOKEN', 'OPENAI_API_KEY'],
  ),
  ...warned(
    36,
    'spec.config.provider.a.options.apiKey: holds a secret in clear text',
    (apiKey) => agent({ config: { provider: { a: { options: { apiKey } } } } }),
    ['planted'],
  ),
]
