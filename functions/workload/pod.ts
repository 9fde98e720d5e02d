import type { Profile } from '../../shared/merge-template.ts'
import type { ConfigMap, Container, PodSpec, Volume, VolumeMount } from 'kubernetes-types/core/v1'
import { GROUP } from '../../crds/names.ts'
import { imagePullPolicy } from '../../shared/images.ts'
import type { File } from './context-files.ts'
import { credentialParts } from './credentials.ts'
import { caDirectory } from './directories.ts'
import { withoutDoubles } from './env.ts'
import { baseEnv, sharedEnv } from './environment.ts'
import { gitItems, gitParts } from './git-parts.ts'
import type { Followed } from './git-sync.ts'
import { followParts } from './git-sync.ts'
import type { PodParts } from './init-containers.ts'
import { fileKey, fileParts, openCodeInit, toolsMount, workspaceMount } from './init-containers.ts'
import { pluginParts } from './plugin-parts.ts'
import { containerExtras } from './extras.ts'
import { containerSecurity, mainResources, podSecurity } from './security.ts'
import type { Settings } from './settings.ts'
import { skillParts } from './skill-parts.ts'
import { trustParts } from './trust.ts'
import { urlParts } from './url-parts.ts'

export interface PodPlan {
  /** The Agent merged with its template, or the template alone. */
  readonly profile: Profile
  readonly settings: Settings
  readonly files: readonly File[]
  readonly configMapName: string
  readonly contexts: NonNullable<Profile['contexts']>
  /** Those of the contexts whose remotes are followed while the Pod runs. */
  readonly followed?: readonly Followed[]
  /** The workspace's own volume; an emptyDir where none is named. */
  readonly workspaceVolume?: Volume
  /** Containers beside the main one and those that follow a repository. */
  readonly sidecars?: readonly Container[]
  /** Volumes of the main container beside those every Pod has. */
  readonly extra?: { readonly volumes: readonly Volume[]; readonly mounts: readonly VolumeMount[] }
  readonly main: Pick<Container, 'name' | 'command'> & { readonly image: string } & Partial<Container>
  /** Credentials, the ServiceAccount and what else belongs to the agent's own process; attach Pods have none of it. */
  readonly isAgentProcess: boolean
}

/** The caller's bundle under the one name that CUSTOM_CA_CERT_PATH points at. */
const caParts = ({ caBundle }: Profile): { volumes: Volume[]; mounts: VolumeMount[] } => {
  if (!caBundle) return { volumes: [], mounts: [] }
  const { configMapRef, secretRef } = caBundle
  const mount: VolumeMount = { name: 'ca-bundle', mountPath: caDirectory, readOnly: true }
  const item = (key: string) => [{ key, path: 'tls.crt' }]
  if (configMapRef) {
    const items = item(configMapRef.key ?? 'ca-bundle.crt')
    return { volumes: [{ name: 'ca-bundle', configMap: { name: configMapRef.name, items } }], mounts: [mount] }
  }
  if (!secretRef) return { volumes: [], mounts: [] }
  const items = item(secretRef.key ?? 'ca.crt')
  return { volumes: [{ name: 'ca-bundle', secret: { secretName: secretRef.name, items } }], mounts: [mount] }
}

const scheduling = ({ podSpec }: Profile): Partial<PodSpec> => {
  const { nodeSelector, tolerations, affinity, priorityClassName, topologySpreadConstraints } =
    podSpec?.scheduling ?? {}
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations: tolerations }),
    ...(affinity && { affinity: affinity }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(topologySpreadConstraints && {
      topologySpreadConstraints: topologySpreadConstraints,
    }),
    ...(podSpec?.runtimeClassName !== undefined && { runtimeClassName: podSpec.runtimeClassName }),
  }
}

/** The Pod every kind of work runs in: OpenCode and its files are laid out first, then the one main container starts. */
export const podSpec = (plan: PodPlan): PodSpec => {
  const { profile, settings, main, isAgentProcess } = plan
  const credentials = credentialParts(isAgentProcess ? (profile.credentials ?? []) : [])
  const clones = gitParts(plan.contexts, profile, settings, plan.workspaceVolume !== undefined)
  const git = followParts(clones, plan.followed ?? [])
  const groups: PodParts[] = [
    { initContainers: [openCodeInit(profile, settings)], volumes: [], mounts: [] },
    ...(isAgentProcess ? [trustParts(profile, main.image)] : []),
    // A client reads its prompt where it is mounted; with other files it is joined in the workspace first.
    fileParts(plan.files, plan.configMapName, profile, settings, !isAgentProcess && plan.files.length === 1),
    git,
    ...(isAgentProcess ? [skillParts(gitItems(plan.contexts).length, profile, settings)] : []),
    urlParts(plan.contexts, profile, settings),
    ...(isAgentProcess ? [pluginParts(profile, settings)] : []),
  ]
  const ca = caParts(profile)
  const security = containerSecurity(profile)
  const everywhere = (container: Container): Container => {
    const extras = containerExtras(profile, container.name)
    return {
      ...container,
      env: withoutDoubles([...(container.env ?? []), ...sharedEnv(profile, settings), ...extras.env]),
      volumeMounts: [...(container.volumeMounts ?? []), ...ca.mounts, ...extras.mounts],
      securityContext: security,
    }
  }
  const pod = podSecurity(profile, settings)
  const lifecycle = profile.podSpec?.lifecycle as Container['lifecycle'] | undefined
  const extraMounts = (profile.podSpec?.extraVolumeMounts ?? []) as VolumeMount[]
  const extraVolumes = (profile.podSpec?.extraVolumes ?? []) as Volume[]

  const container: Container = {
    imagePullPolicy: imagePullPolicy(main.image),
    ...main,
    workingDir: profile.workspaceDir ?? '',
    env: [...baseEnv(profile), ...(main.env ?? []), ...credentials.env],
    ...(credentials.envFrom.length > 0 && { envFrom: credentials.envFrom }),
    volumeMounts: [
      toolsMount,
      workspaceMount(profile),
      ...groups.flatMap(({ mounts }) => mounts),
      ...credentials.mounts,
      ...(plan.extra?.mounts ?? []),
      ...extraMounts,
    ],
    resources: mainResources(profile),
    ...(lifecycle && isAgentProcess && { lifecycle }),
  }

  return {
    ...scheduling(profile),
    ...(profile.imagePullSecrets && { imagePullSecrets: profile.imagePullSecrets }),
    // The agent acts as its ServiceAccount, whose own setting says whether a token is mounted; a client needs none.
    ...(isAgentProcess
      ? profile.serviceAccountName !== undefined && { serviceAccountName: profile.serviceAccountName }
      : { automountServiceAccountToken: false }),
    ...(pod && { securityContext: pod }),
    initContainers: groups
      .flatMap(({ initContainers }) => initContainers)
      .map((init) =>
        everywhere({
          ...init,
          // The last lines of a helper that failed are what the Task's condition says.
          terminationMessagePolicy: 'FallbackToLogsOnError',
          // They run before the main container, so the Pod asks for no more; a quota that wants limits of every container has them.
          resources: mainResources(profile),
        }),
      ),
    containers: [container, ...git.sidecars, ...(plan.sidecars ?? [])].map(everywhere),
    volumes: [
      { name: 'tools', emptyDir: {} },
      plan.workspaceVolume ?? { name: 'workspace', emptyDir: {} },
      ...groups.flatMap(({ volumes }) => volumes),
      ...credentials.volumes,
      ...ca.volumes,
      ...(plan.extra?.volumes ?? []),
      ...extraVolumes,
    ],
  }
}

/** The ConfigMap that carries `files`, without its metadata. */
export const filesData = (files: readonly File[]): Pick<ConfigMap, 'data' | 'binaryData'> => {
  const pick = (isBinary: boolean) =>
    Object.fromEntries(
      files.flatMap((file, index) => ((file.isBinary ?? false) === isBinary ? [[fileKey(index), file.content]] : [])),
    )
  const binaryData = pick(true)
  return { data: pick(false), ...(Object.keys(binaryData).length > 0 && { binaryData }) }
}

/** The user's labels beside ours. None of our group is taken from a user: Services and observers select by them. */
export const podLabels = (profile: Profile, own: Readonly<Record<string, string>>): Record<string, string> => {
  const given = Object.entries(profile.podSpec?.labels ?? {}).filter(([name]) => !name.startsWith(`${GROUP}/`))
  return { ...Object.fromEntries(given), ...own }
}
