import { describe, expect, test } from 'vitest'
import { imagePullPolicy, images } from './images.ts'

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

test('our own images have a fixed version', () => {
  for (const image of Object.values(images)) expect(imagePullPolicy(image)).toBe('IfNotPresent')
})
