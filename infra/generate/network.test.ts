import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventsOf } from './events.ts'
import { plainOptions } from './install.ts'
import type { Component } from './installation.ts'
import { networkPolicy } from './network.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/networks.md'), 'utf8')
const [, installation = ''] = /\n## The installation\n([\s\S]*?)\n## /.exec(page) ?? []

/** Ports of the rows whose receiver is named, as docs/networks.md has them. */
const told = (receiver: string): number[] =>
  [...installation.matchAll(/^\| [^|]+ \| ([^|]+) \| (\d+) \|/gm)]
    .filter(([, to = '']) => to.split(', ').includes(receiver))
    .map(([, , port]) => Number(port))

test.each<[Component, string]>([
  ['controller', 'controllers'],
  ['server', 'server'],
])('the policy of the %s opens what docs/networks.md says', (component, receiver) => {
  const { spec } = networkPolicy(component, { ...plainOptions(), events: eventsOf('http://broker') })
  const opened = (spec?.ingress ?? []).flatMap(({ ports = [] }) => ports.map(({ port }) => Number(port)))
  expect(opened.length).toBeGreaterThan(0)
  expect(new Set(told(receiver))).toEqual(new Set(opened))
})
