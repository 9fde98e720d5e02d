import { expect, test } from 'vitest'
import { withRemedy } from './remedies.ts'

test.each([
  {
    words: 'pods "a-pod" is forbidden: maximum memory usage per Container is 64Mi, but limit is 4Gi',
    remedy: /a LimitRange of namespace team sets that bound/,
  },
  {
    words: 'pods "a-pod" is forbidden: memory max limit to request ratio per Container is 2, but provided ratio is 8',
    remedy: /a LimitRange of namespace team sets that bound/,
  },
  {
    words:
      'persistentvolumeclaims "a" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 10Gi',
    remedy: /another size in spec.persistence/,
  },
  {
    words:
      'Pod "a-pod" is invalid: spec.containers[0].resources.requests: Invalid value: "512Mi": must be less than or equal to memory limit of 64Mi',
    remedy: /default limit of the LimitRange in namespace team/,
  },
  {
    words: 'pods "a-pod" is forbidden: failed quota: must: must specify limits.cpu for: context-init,opencode-init',
    remedy: /set it in podSpec.resources, or for all by the defaults of a LimitRange there/,
  },
  {
    words: 'pods "a-pod" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=3, limited: pods=3',
    remedy: /raise that ResourceQuota of namespace team/,
  },
  {
    words: 'pods "a-pod" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
    remedy: /set podSpec.podSecurityContext/,
  },
])('$words', ({ words, remedy }) => {
  const said = withRemedy(words, 'team')
  expect(said.startsWith(`${words}; `)).toBe(true)
  expect(said).toMatch(remedy)
})

test('what nobody knows a remedy for is said as it is', () => {
  expect(withRemedy('admission webhook "x" denied the request: no', 'team')).toBe(
    'admission webhook "x" denied the request: no',
  )
})
