import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { place, toTemplate } from './places.ts'

const cases: { name: string; object: object; want: string }[] = [
  { name: 'nothing to place', object: { a: 1 }, want: 'a: 1\n' },
  {
    name: 'a whole value is quoted',
    object: { namespace: place('namespace') },
    want: 'namespace: {{ .Release.Namespace | quote }}\n',
  },
  {
    name: 'within a text',
    object: { host: [`a.${place('namespace')}.svc`] },
    want: 'host:\n  - a.{{ .Release.Namespace }}.svc\n',
  },
  { name: 'a number', object: { replicas: place('replicas') }, want: 'replicas: {{ .Values.replicas }}\n' },
  {
    name: 'a field that may be empty',
    object: { spec: { nodeSelector: place('nodeSelector') } },
    want: [
      'spec:',
      '  {{- with .Values.nodeSelector }}',
      '  nodeSelector:',
      '    {{- toYaml . | nindent 4 }}',
      '  {{- end }}',
      '',
    ].join('\n'),
  },
  {
    name: 'more entries of a map',
    object: { labels: { a: 'b', [place('podAnnotations')]: '' } },
    want: 'labels:\n  a: b\n  {{- with .Values.podAnnotations }}\n  {{- toYaml . | nindent 2 }}\n  {{- end }}\n',
  },
  {
    name: 'a field within an item that may not be there',
    object: { spec: { ingress: [place('eventsIngress')] } },
    want: [
      'spec:',
      '  ingress:',
      '    {{- if .Values.cloudEvents.broker }}',
      '    - ports:',
      '        - port: 8082',
      '          protocol: TCP',
      '      {{- with .Values.networkPolicy.brokerFrom }}',
      '      from:',
      '        {{- toYaml . | nindent 8 }}',
      '      {{- end }}',
      '    {{- end }}',
      '',
    ].join('\n'),
  },
  {
    name: 'what Helm would take for its own',
    object: { text: 'like {{ this }}' },
    want: 'text: like {{ "{{" }} this }}\n',
  },
]

test.each(cases)('$name', ({ object, want }) => expect(toTemplate(stringify(object))).toBe(want))

test('a place of several lines is refused within a text', () => {
  expect(() => toTemplate(`a: x-${place('resources')}`)).toThrow('"resources" needs a line of its own')
})

test('a place that nobody knows is refused', () => {
  expect(() => toTemplate('a: CHART_nothing')).toThrow('no place "nothing"')
})
