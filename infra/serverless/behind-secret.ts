import { Hono } from 'hono'

/** Long enough that nobody finds it by trying: 32 bytes, in hexadecimal. */
const secretPattern = /^[0-9a-f]{64}$/

/**
 * What `handle` serves, at a public address. Only who knows `secret`, the first part of each path, is heard; all others
 * get 404, and nothing of what they send is read. Throws where the secret is weak; `name` is the variable it came from.
 */
export const behindSecret = (
  name: string,
  secret: string,
  handle: (request: Request) => Response | Promise<Response>,
): Hono => {
  if (!secretPattern.test(secret))
    throw new Error(`${name} must be 64 hexadecimal digits, such as openssl rand -hex 32 makes`)
  const app = new Hono()
  app.mount(`/${secret}`, handle)
  app.notFound((c) => c.text('', 404))
  return app
}
