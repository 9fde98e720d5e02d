import { useEffect, useState } from 'preact/hooks'
import type { KubeOpenCodeConfig } from '../../crds/config.ts'
import { ApiProblem, read } from '../api/client.ts'
import { useRights } from '../api/rights.ts'
import type { EditProps } from '../parts/edit-yaml.tsx'
import { lazy } from '../parts/lazy.tsx'
import { Conditions, Empty, Facts, Heading, Problem, Section, Waiting } from '../parts/pieces.tsx'
import { SourceAt } from '../parts/source.tsx'
import { namespaceHere } from '../shell/router.ts'
import { durationText } from '../text/ago.ts'
import { samples } from './samples.ts'

const EditYaml = lazy<EditProps>(async () => (await import('../parts/edit-yaml.tsx')).default)

const path = '/api/v1/config'

const anyOf = (list: readonly string[] | undefined): string =>
  list === undefined ? 'any' : list.length === 0 ? 'none' : list.join(', ')

const Settings = ({ spec, status }: KubeOpenCodeConfig) => {
  const { cleanup, security, proxy } = spec
  return (
    <>
      <Section title="Finished Tasks">
        <Facts
          facts={{
            'Kept for':
              cleanup?.ttlSecondsAfterFinished === undefined ? 'ever' : durationText(cleanup.ttlSecondsAfterFinished),
            'Kept in each namespace': cleanup?.maxRetainedTasks ?? 'all',
          }}
        />
      </Section>
      <Section title="What Agents may use">
        <Facts
          facts={{
            'Git hosts': anyOf(security.allowedGitHosts),
            'Hosts of URLs': anyOf(security.allowedURLHosts),
            'Private addresses': security.allowPrivateAddresses ? 'allowed' : 'refused',
            ServiceAccounts: anyOf(security.allowedServiceAccounts),
            'Images from': anyOf(security.allowedImages),
            'Images by digest': security.requireImageDigest ? 'required' : 'not required',
            'Password of a server': security.requireServerPassword ? 'required' : 'not required',
          }}
        />
      </Section>
      <Section title="The cluster">
        <Facts
          facts={{
            Domain: <code>{spec.clusterDomain}</code>,
            'System image': spec.systemImage?.image ? <code>{spec.systemImage.image}</code> : 'as installed',
            Proxy: proxy?.httpsProxy ?? proxy?.httpProxy ?? 'none',
          }}
        />
      </Section>
      <Section title="Conditions">
        <Conditions conditions={status?.conditions} />
      </Section>
    </>
  )
}

/** The settings of the cluster: one object, which most may not see. */
export const ConfigPage = () => {
  const [config, setConfig] = useState<KubeOpenCodeConfig>()
  const [problem, setProblem] = useState<ApiProblem>()
  const [isMaking, setIsMaking] = useState(false)
  const namespace = namespaceHere() ?? 'default'
  const mayUpdate = useRights(namespace)('update kubeopencodeconfigs')
  const look = async (): Promise<void> => {
    try {
      setConfig(await read<KubeOpenCodeConfig>(path))
      setProblem(undefined)
      setIsMaking(false)
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, String(error)))
    }
  }
  useEffect(() => void look(), [])
  const isMissing = problem?.code === 404
  return (
    <>
      <Heading title="Settings" />
      <p class="profile">What holds for every namespace of the cluster. A change takes effect at once.</p>
      {problem?.code === 403 ? (
        <Empty title="You may not see the settings">
          That takes the right to get kubeopencodeconfigs in the whole cluster, by a ClusterRoleBinding. What they
          refuse is said where it is refused.
        </Empty>
      ) : isMissing && isMaking ? (
        <EditYaml
          path={path}
          begun={{ yaml: samples.config, etag: '' }}
          onDone={() => void look()}
          onCancel={() => setIsMaking(false)}
        />
      ) : isMissing ? (
        <Empty title="Everything is as it comes" yaml={samples.config}>
          There is no KubeOpenCodeConfig yet, so the defaults hold.{' '}
          {mayUpdate ? (
            <button type="button" class="link" onClick={() => setIsMaking(true)}>
              Make one here
            </button>
          ) : (
            'Making one takes the right to update kubeopencodeconfigs'
          )}
          , or save this as config.yaml and run <code>kubectl apply -f config.yaml</code>.
        </Empty>
      ) : problem ? (
        <Problem text={problem.message} />
      ) : config ? (
        <>
          <Settings {...config} />
          <SourceAt
            path={path}
            namespace={namespace}
            right="update kubeopencodeconfigs"
            where="the whole cluster"
            onDone={() => void look()}
          />
        </>
      ) : (
        <Waiting />
      )}
    </>
  )
}
