import { GROUP } from '../../crds/names.ts'
import { sentenceOf } from '../../shared/errors.ts'
import type { Access } from '../cluster/access.ts'
import type { Finding } from './check.ts'
import { ok, unknown, warning } from './check.ts'

interface Need {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly verb: string
}

interface Use {
  readonly what: string
  readonly needs: readonly Need[]
  /** The role of the installation that gives it. */
  readonly role: string
}

const own = (resource: string, ...verbs: string[]): Need[] => verbs.map((verb) => ({ group: GROUP, resource, verb }))

/** What a person does with kubeoc, and what it takes. */
const uses: readonly Use[] = [
  {
    what: 'see agents and tasks',
    needs: [...own('agents', 'get', 'list', 'watch'), ...own('tasks', 'get', 'list', 'watch')],
    role: 'kubeopencode-viewer',
  },
  {
    what: 'read logs',
    needs: [
      { group: '', resource: 'pods', verb: 'get' },
      { group: '', resource: 'pods', subresource: 'log', verb: 'get' },
    ],
    role: 'kubeopencode-viewer',
  },
  { what: 'give work and stop it', needs: own('tasks', 'create', 'patch'), role: 'kubeopencode-user' },
  { what: 'plan work', needs: own('crontasks', 'create', 'patch'), role: 'kubeopencode-user' },
  {
    what: 'make, suspend and resume agents',
    needs: own('agents', 'create', 'patch'),
    role: 'kubeopencode-agent-admin',
  },
  {
    what: 'attach to agents',
    needs: [
      { group: '', resource: 'services', subresource: 'proxy', verb: 'get' },
      { group: '', resource: 'services', subresource: 'proxy', verb: 'create' },
      { group: '', resource: 'secrets', verb: 'get' },
    ],
    role: 'kubeopencode-agent-admin',
  },
]

const nameOf = ({ resource, subresource, verb }: Need): string =>
  `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`

/** Whether the apiserver lets the person do it in this namespace. */
export const mayDo = async (
  { api, namespace }: Access,
  { group, resource, subresource, verb }: Need,
): Promise<boolean> => {
  const review = await api.ask<{ status?: { allowed?: boolean } }>(
    'cannot ask for your rights',
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: { namespace, group, resource, verb, ...(subresource !== undefined && { subresource }) },
        },
      },
    },
  )
  return review?.status?.allowed === true
}

export const checkRights = async (access: Access): Promise<Finding[]> =>
  Promise.all(
    uses.map(async ({ what, needs, role }) => {
      const subject = `your rights in ${access.namespace}`
      try {
        const allowed = await Promise.all(needs.map((need) => mayDo(access, need)))
        const missing = needs.filter((_, index) => allowed[index] !== true)
        return missing.length === 0
          ? ok(subject, `you may ${what}`)
          : warning(
              subject,
              `you may not ${what}, for want of ${missing.map(nameOf).join(', ')}: ClusterRole ${role} gives it`,
            )
      } catch (error) {
        return unknown(subject, sentenceOf(error))
      }
    }),
  )
