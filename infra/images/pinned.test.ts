import { describe, expect, test } from 'vitest'
import { snapshotOf, unpinnedBases } from './pinned.ts'

const digest = `sha256:${'0a'.repeat(32)}`

describe('what an image may stand on', () => {
  const cases: { name: string; dockerfile: string; ours?: string; unpinned: string[] }[] = [
    { name: 'a digest', dockerfile: `FROM docker.io/library/debian@${digest}`, unpinned: [] },
    { name: 'a digest with a tag', dockerfile: `FROM debian:12@${digest} AS build`, unpinned: [] },
    { name: 'a tag', dockerfile: 'FROM debian:12', unpinned: ['debian:12'] },
    { name: 'no tag', dockerfile: 'FROM debian', unpinned: ['debian'] },
    { name: 'a digest that is cut short', dockerfile: 'FROM debian@sha256:0a', unpinned: ['debian@sha256:0a'] },
    { name: 'an argument that is a digest', dockerfile: `ARG BASE=debian@${digest}\nFROM \${BASE}`, unpinned: [] },
    { name: 'an argument that is a tag', dockerfile: 'ARG BASE=debian:12\nFROM $BASE', unpinned: ['debian:12'] },
    { name: 'an argument without a value', dockerfile: 'ARG BASE\nFROM ${BASE}', unpinned: ['${BASE}'] },
    { name: 'another of ours', dockerfile: 'ARG BASE\nFROM ${BASE}', ours: 'BASE', unpinned: [] },
    { name: 'nothing', dockerfile: 'FROM scratch', unpinned: [] },
    { name: 'a stage', dockerfile: `FROM debian@${digest} AS one\nFROM one`, unpinned: [] },
    { name: 'a platform', dockerfile: 'FROM --platform=linux/amd64 debian:12', unpinned: ['debian:12'] },
    { name: 'the second of two', dockerfile: `from debian@${digest} as one\nfrom alpine`, unpinned: ['alpine'] },
  ]
  test.each(cases)('$name', ({ dockerfile, ours, unpinned }) =>
    expect(unpinnedBases(dockerfile, ours)).toEqual(unpinned),
  )
})

describe('the packages of a commit', () => {
  const at = (text: string): string => snapshotOf(Date.parse(text) / 1000)
  test.each([
    { commit: '2026-08-24T00:00:00Z', snapshot: '20260823T000000Z' },
    { commit: '2026-08-24T23:59:59Z', snapshot: '20260823T000000Z' },
    { commit: '2027-01-01T12:00:00Z', snapshot: '20261231T000000Z' },
  ])('$commit', ({ commit, snapshot }) => expect(at(commit)).toBe(snapshot))
})
