import { describe, expect, test } from 'vitest'
import type { Profile } from './merge-template.ts'
import { placeFaults } from './places.ts'

const file = (name: string, mountPath: string) => ({
  name,
  fileMode: 0o600,
  secretRef: { name: 'keys', key: 'k' },
  mountPath,
})

describe('mounts of one profile that cannot stand together', () => {
  const cases: { name: string; profile: Profile; want: string[] }[] = [
    { name: 'none', profile: { credentials: [file('a', '/keys/a'), file('b', '/keys/b')] }, want: [] },
    {
      name: 'a volume where a credential is',
      profile: {
        credentials: [file('a', '/keys')],
        podSpec: { extraVolumeMounts: [{ name: 'v', mountPath: '/keys/' }] },
      },
      want: ['spec.podSpec.extraVolumeMounts[0].mountPath: /keys is taken by credential "a": choose another path'],
    },
    {
      name: 'a credential over the workspace',
      profile: { workspaceDir: '/workspace', credentials: [file('a', '/workspace')] },
      want: ['spec.credentials[0].mountPath: /workspace is taken by the workspace: choose another path'],
    },
    {
      name: 'a volume where each Task has its prompt',
      profile: {
        workspaceDir: '/workspace/',
        podSpec: { extraVolumeMounts: [{ name: 'v', mountPath: '/workspace/task.md' }] },
      },
      want: [
        'spec.podSpec.extraVolumeMounts[0].mountPath: /workspace/task.md is taken by the prompt of each Task: choose another path',
      ],
    },
    {
      name: 'a volume over the tools',
      profile: { podSpec: { extraVolumeMounts: [{ name: 'v', mountPath: '/tools/.' }] } },
      want: ['spec.podSpec.extraVolumeMounts[0].mountPath: /tools is taken by KubeOpenCode: choose another path'],
    },
    {
      name: 'a volume with a name of ours',
      profile: { podSpec: { extraVolumes: [{ name: 'cache' }, { name: 'workspace' }, { name: 'git-context-0' }] } },
      want: [
        'spec.podSpec.extraVolumes[1].name: workspace is the name of a volume of KubeOpenCode: choose another name',
        'spec.podSpec.extraVolumes[2].name: git-context-0 is the name of a volume of KubeOpenCode: choose another name',
      ],
    },
  ]
  test.each(cases)('$name', ({ profile, want }) =>
    expect(placeFaults(profile).map(({ field, message }) => `${field}: ${message}`)).toEqual(want),
  )
})
