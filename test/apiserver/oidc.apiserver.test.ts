import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../../infra/build/bundle.ts'
import { freePort } from '../../infra/local/ports.ts'
import { readDashboard } from '../../infra/node/server/dashboard.ts'
import { openBrowser } from '../browser/chromium.ts'
import type { ApiWorld } from './api-world.ts'
import { apiWorld } from './api-world.ts'
import type { IdentityProvider } from './identity-provider.ts'
import { createBrowser, startIdentityProvider } from './identity-provider.ts'
import { userMayListTasks } from './people.ts'
import { callbackPath, oidcPath } from '../../functions/api/access/oidc-routes.ts'
import { createOidc } from '../../functions/api/access/oidc.ts'

/** A certified provider, the real apiserver that trusts it, and the API that has no right of its own between them. */
let folder: string
let provider: IdentityProvider
let world: ApiWorld
const client = { id: 'koc', secret: 'a secret/of:the client' }
const idTokenSeconds = 30
const basePath = '/koc'
const root = join(import.meta.dirname, '../..')

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration */
const authentication = () => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AuthenticationConfiguration',
  jwt: [
    {
      issuer: { url: provider.issuer, audiences: [client.id], certificateAuthority: provider.authority },
      claimMappings: { username: { claim: 'sub', prefix: 'oidc:' } },
    },
  ],
})

beforeAll(async () => {
  await bundle(['ui'])
  folder = mkdtempSync(join(tmpdir(), 'oidc-'))
  const port = await freePort('127.0.0.1')
  const redirectUri = `http://127.0.0.1:${port}${basePath}${callbackPath}`
  provider = await startIdentityProvider({ ...client, redirectUri }, idTokenSeconds)
  const file = join(folder, 'authentication.json')
  writeFileSync(file, JSON.stringify(authentication()))
  world = await apiWorld('api-oidc', {
    port,
    basePath,
    dashboard: readDashboard([join(root, 'dist/ui')]),
    apiserverFlags: [`--authentication-config=${file}`],
    oidc: createOidc({
      issuer: provider.issuer,
      clientId: client.id,
      clientSecret: client.secret,
      scopes: ['openid'],
      redirectUri,
      fetch: provider.fetch,
    }),
  })
  const made = await world.send('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings', {
    body: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'ada' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kubeopencode-user' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'oidc:ada' }],
    },
  })
  if (!made.ok) throw new Error(await made.text())
  await userMayListTasks(world.send, 'team', 'oidc:ada')
})
afterAll(async () => {
  await world?.close()
  await provider?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** From the dashboard's button through the provider's own pages and back. */
const logIn = async (name: string) => {
  const browser = createBrowser(provider.fetch)
  let { url, page } = await browser.go(`${world.url}${basePath}${oidcPath}`)
  for (const form of [{ prompt: 'login', login: name, password: 'x' }, { prompt: 'consent' }]) {
    expect(url).toContain(`${provider.issuer}/interaction/`)
    ;({ url, page } = await browser.go(url, form))
  }
  expect(url).toContain(callbackPath)
  const cookies = browser.cookies(world.url)
  const cookie = Object.entries(cookies)
    .map(([one, value]) => `${one}=${value}`)
    .join('; ')
  return { browser, page, url, cookies, cookie }
}
const withCookie = async (cookie: string, path: string) =>
  world.answerOf(await world.request('GET', `${basePath}${path}`, { headers: { cookie } }))

test('a person logs in with the provider, and is whom the apiserver takes the token for until it ends', async () => {
  const { page, url, cookie, cookies } = await logIn('ada')
  expect(await page.text()).toContain('You are logged in.')
  expect(page.status).toBe(200)
  expect(Object.keys(cookies)).toEqual(['kubeopencode-session'])

  const login = await withCookie(cookie, '/api/v1/login')
  expect(login.body).toMatchObject({ oidc: { issuer: provider.issuer }, user: { username: 'oidc:ada' } })
  expect((await withCookie(cookie, '/api/v1/namespaces/team/tasks')).status).toBe(200)
  // With ada's rights and no others.
  expect((await withCookie(cookie, '/api/v1/namespaces/default/tasks')).status).toBe(403)

  // The address of the way back is worth nothing to who finds it.
  const again = await world.request('GET', new URL(url).pathname + new URL(url).search)
  expect(again.status).toBe(400)

  await expect
    .poll(async () => (await withCookie(cookie, '/api/v1/namespaces/team/tasks')).status, {
      timeout: (idTokenSeconds + 120) * 1000,
      interval: 1000,
    })
    .toBe(401)
  expect((await withCookie(cookie, '/api/v1/namespaces/team/tasks')).body['message']).toContain('log in again')
})

test('somebody without rights is known, and may do nothing', async () => {
  const { cookie } = await logIn('eve')
  expect((await withCookie(cookie, '/api/v1/login')).body).toMatchObject({ user: { username: 'oidc:eve' } })
  expect((await withCookie(cookie, '/api/v1/namespaces/team/tasks')).status).toBe(403)
})

test('a browser comes from the button on the login page to the dashboard, although its session is of this site alone', async () => {
  const browser = await openBrowser()
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    context.setDefaultTimeout(120_000)
    const tab = await context.newPage()
    await tab.goto(`${world.url}${basePath}/tasks?phase=Failed`)
    await tab.getByRole('link', { name: `Log in with ${new URL(provider.issuer).host}` }).click()
    await tab.locator('input[name=login]').fill('ada')
    await tab.locator('input[name=password]').fill('x')
    await tab.locator('button[type=submit]').click()
    await tab.locator('button[type=submit]').click()
    await tab.waitForURL((url) => url.href.startsWith(`${world.url}${basePath}/`) && !url.href.includes('/api/'))
    await tab.getByTitle('oidc:ada').waitFor()
    expect(tab.url()).toBe(`${world.url}${basePath}/tasks?phase=Failed`)
    // The provider has cookies of its own, which a port does not keep apart.
    const cookies = (await context.cookies()).filter(({ name }) => name.startsWith('kubeopencode'))
    expect(cookies).toMatchObject([{ name: 'kubeopencode-session', httpOnly: true, sameSite: 'Strict' }])
    // The token has ended: the page goes back to its login by itself.
    await tab.getByRole('link', { name: /^Log in with/ }).waitFor({ timeout: (idTokenSeconds + 120) * 1000 })
  } finally {
    await browser.close()
  }
})

test('nothing that was logged has a token, a code or a secret in it', () => {
  const text = world.lines.join('\n')
  expect(text).not.toMatch(/eyJ|code=|state=/)
  expect(text).not.toContain(client.secret)
})
