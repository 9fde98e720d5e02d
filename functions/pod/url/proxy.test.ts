import { describe, expect, test } from 'vitest'
import { proxyFor } from './proxy.ts'

describe('which way a request goes', () => {
  const cases = [
    { name: 'directly without a proxy', url: 'http://a.example', env: {}, want: undefined },
    { name: 'http by its own', url: 'http://a.example', env: { HTTP_PROXY: 'h', HTTPS_PROXY: 's' }, want: 'h' },
    { name: 'https by its own', url: 'https://a.example', env: { HTTP_PROXY: 'h', HTTPS_PROXY: 's' }, want: 's' },
    { name: 'lower case first', url: 'http://a.example', env: { HTTP_PROXY: 'h', http_proxy: 'l' }, want: 'l' },
    {
      name: 'past it inside of the cluster',
      url: 'http://a.ns.svc',
      env: { http_proxy: 'h', no_proxy: '.svc' },
      want: undefined,
    },
    {
      name: 'past it for a network',
      url: 'http://10.1.2.3',
      env: { http_proxy: 'h', no_proxy: '10.0.0.0/8' },
      want: undefined,
    },
    {
      name: 'past it for a network of IPv6',
      url: 'http://[fd00::1]',
      env: { http_proxy: 'h', no_proxy: 'fd00::/8' },
      want: undefined,
    },
    {
      name: 'not past it for another',
      url: 'http://11.1.2.3',
      env: { http_proxy: 'h', no_proxy: '10.0.0.0/8' },
      want: 'h',
    },
    {
      name: 'not past it for a network that is none',
      url: 'http://10.1.2.3',
      env: { http_proxy: 'h', no_proxy: '10.0.0.0/99,x/8' },
      want: 'h',
    },
    {
      name: 'past it for an address',
      url: 'http://[fd00::1]:8080',
      env: { http_proxy: 'h', no_proxy: 'fd00::1' },
      want: undefined,
    },
    {
      name: 'past it on one port',
      url: 'http://a.example:8080',
      env: { http_proxy: 'h', no_proxy: 'a.example:8080' },
      want: undefined,
    },
    {
      name: 'not past it on another',
      url: 'http://a.example',
      env: { http_proxy: 'h', no_proxy: 'a.example:8080' },
      want: 'h',
    },
    {
      name: 'not past it for a name that ends alike',
      url: 'http://ba.example',
      env: { http_proxy: 'h', no_proxy: 'a.example' },
      want: 'h',
    },
    {
      name: 'not past it for an empty list',
      url: 'http://a.example',
      env: { http_proxy: 'h', no_proxy: ' , ' },
      want: 'h',
    },
  ]
  test.each(cases)('$name', ({ url, env, want }) => expect(proxyFor(new URL(url), env as never)).toBe(want))
})
