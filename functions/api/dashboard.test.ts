import { describe, expect, test } from 'vitest'
import { api } from '../../test/builders/api.ts'
import type { Dashboard } from './dashboard.ts'
import { pagePaths } from './dashboard.ts'

const bytes = new TextEncoder().encode('script of some length')
const gzip = new Uint8Array([31, 139])
const dashboard: Dashboard = {
  page: '<html data-base="{{base}}"><script src="{{base}}/assets/main-1.js">',
  files: new Map([['main-1.js', { bytes, gzip, type: 'text/javascript; charset=utf-8' }]]),
}

describe('the dashboard', () => {
  test.each(pagePaths.map((path) => path.replace(':namespace', 'team').replace(':name', 'a')))(
    'is served at %s, without a session and below its base',
    async (path) => {
      const { browse, asked } = await api({}, { dashboard, basePath: '/koc' })
      const response = await browse('GET', `/koc${path}`)
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('<html data-base="/koc"><script src="/koc/assets/main-1.js">')
      expect(asked).toEqual([])
    },
  )

  test('takes nothing from anywhere else, and no script but its own', async () => {
    const { browse } = await api({}, { dashboard })
    const { headers } = await browse('GET', '/')
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-frame-options')).toBe('DENY')
  })

  test('has files that a browser may keep, packed for those that unpack', async () => {
    const { browse } = await api({}, { dashboard })
    const packed = await browse('GET', '/assets/main-1.js', { headers: { 'accept-encoding': 'br, gzip' } })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('cache-control')).toContain('immutable')
    const plain = await browse('GET', '/assets/main-1.js')
    expect(await plain.text()).toBe('script of some length')
    expect(plain.headers.get('content-type')).toContain('text/javascript')
  })

  test.each(['/assets/other.js', '/assets/%2e%2e%2findex.html', '/elsewhere', '/tasks/team'])(
    'has no %s',
    async (path) => {
      const { browse } = await api({}, { dashboard })
      expect((await browse('GET', path)).status).toBeGreaterThanOrEqual(400)
    },
  )

  test('does not answer to a name it was not given', async () => {
    const { browse } = await api({}, { dashboard, hosts: ['localhost'] })
    expect((await browse('GET', '/')).status).toBe(421)
    expect((await browse('GET', '/assets/main-1.js')).status).toBe(421)
  })

  test('a server without it says so', async () => {
    const { browse } = await api()
    const response = await browse('GET', '/')
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('without the dashboard') })
  })
})
