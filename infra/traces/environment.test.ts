import { describe, expect, test } from 'vitest'
import { version } from '../../shared/images.ts'
import { readTracesTo } from './environment.ts'

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }

describe('where spans go', () => {
  test.each([
    { name: 'nowhere by itself', variables: {}, want: undefined },
    { name: 'nowhere where it is empty', variables: { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, want: undefined },
    {
      name: 'nowhere where all is switched off',
      variables: { ...endpoint, OTEL_SDK_DISABLED: 'true' },
      want: undefined,
    },
    { name: 'to the path of traces', variables: endpoint, want: 'http://collector:4318/v1/traces' },
    {
      name: 'below a path',
      variables: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://example.com/otlp/' },
      want: 'https://example.com/otlp/v1/traces',
    },
    {
      name: 'to the address of traces, as it is',
      variables: { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/in?x=1' },
      want: 'https://traces.example.com/in?x=1',
    },
    {
      name: 'over HTTP, whatever encoding others speak',
      variables: { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
      want: 'http://collector:4318/v1/traces',
    },
  ])('$name', ({ variables, want }) => expect(readTracesTo(variables)?.url).toBe(want))
})

test('what is said with them', () => {
  const to = readTracesTo({
    ...endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20YTpi, x-scope = a%2Cb',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,k8s.cluster.name=prod%3D1,',
    OTEL_SERVICE_NAME: 'agents',
  })
  expect(to?.headers).toEqual({ authorization: 'Basic YTpi', 'x-scope': 'a,b' })
  expect(to?.resource).toEqual({ 'service.name': 'agents', 'service.version': version, 'k8s.cluster.name': 'prod=1' })
  expect(readTracesTo(endpoint)?.resource['service.name']).toBe('kubeopencode')
})

test('headers for traces alone take the place of those for all', () => {
  const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'a=1', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2' }
  expect(readTracesTo({ ...endpoint, ...headers })?.headers).toEqual({ b: '2' })
})

describe('what is wrong is named, and not told', () => {
  test.each([
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://s3cret.example.com' },
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://user:s3cret@example.com' },
    { OTEL_EXPORTER_OTLP_HEADERS: 's3cret', ...endpoint },
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=s3cret%zz', ...endpoint },
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=s3cret%0Ab', ...endpoint },
    { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a b=s3cret', ...endpoint },
    { OTEL_RESOURCE_ATTRIBUTES: '=s3cret', ...endpoint },
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', ...endpoint },
  ])('%o', (variables) => {
    const said = (): string => {
      try {
        readTracesTo(variables)
        return 'nothing'
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(said()).toContain(Object.keys(variables)[0])
    expect(said()).not.toContain('s3cret')
  })
})
