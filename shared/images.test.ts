import { describe, expect, test } from 'vitest'
import { hasDigest, imagePullPolicy, images, isImageAllowed } from './images.ts'

describe('imagePullPolicy', () => {
  const cases = [
    { name: 'no tag', image: 'busybox', want: 'Always' },
    { name: 'latest', image: 'quay.io/a/b:latest', want: 'Always' },
    { name: 'a version', image: 'quay.io/a/b:v1', want: 'IfNotPresent' },
    { name: 'a port and no tag', image: 'registry:5000/a/b', want: 'Always' },
    { name: 'a port and a tag', image: 'registry:5000/a/b:v1', want: 'IfNotPresent' },
    { name: 'a digest', image: 'a/b@sha256:0123', want: 'IfNotPresent' },
    { name: 'latest with a digest', image: 'a/b:latest@sha256:0123', want: 'IfNotPresent' },
  ]
  test.each(cases)('$name', ({ image, want }) => expect(imagePullPolicy(image)).toBe(want))
})

describe('isImageAllowed', () => {
  const cases = [
    { name: 'in the registry', image: 'quay.io/a/b:v1', allowed: ['quay.io'], want: true },
    { name: 'in the path', image: 'quay.io/a/b@sha256:0123', allowed: ['quay.io/a'], want: true },
    { name: 'the repository itself', image: 'quay.io/a/b:v1', allowed: ['quay.io/a/b'], want: true },
    { name: 'a path that only begins alike', image: 'quay.io/ab/c', allowed: ['quay.io/a'], want: false },
    { name: 'a registry that only begins alike', image: 'quay.io.evil.example/a', allowed: ['quay.io'], want: false },
    { name: 'a port is part of the registry', image: 'registry:5000/a:v1', allowed: ['registry:5000'], want: true },
    { name: 'another port', image: 'registry:5001/a:v1', allowed: ['registry:5000'], want: false },
    { name: 'a short name is of Docker Hub', image: 'debian:12', allowed: ['docker.io/library'], want: true },
    { name: 'a name with an owner, too', image: 'team/tool', allowed: ['docker.io/team'], want: true },
    { name: 'and of nothing else', image: 'team/tool', allowed: ['team'], want: false },
    { name: 'nothing is allowed', image: 'debian', allowed: [], want: false },
  ]
  test.each(cases)('$name', ({ image, allowed, want }) => expect(isImageAllowed(allowed, image)).toBe(want))
})

test('a digest is a whole SHA-256', () => {
  expect(hasDigest(`a@sha256:${'0'.repeat(64)}`)).toBe(true)
  for (const image of ['a', 'a:sha256', 'a@sha256:0123', `a@md5:${'0'.repeat(64)}`])
    expect(hasDigest(image)).toBe(false)
})

test('our own images have a fixed version', () => {
  for (const image of Object.values(images)) expect(imagePullPolicy(image)).toBe('IfNotPresent')
})
