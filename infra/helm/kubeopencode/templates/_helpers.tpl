{{/* Labels of every object, beside its name and component. */}}
{{- define "kubeopencode.labels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The controller's own image, by digest where one is given. */}}
{{- define "kubeopencode.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Topology spread constraints; one without a labelSelector counts the Pods of its own Deployment. */}}
{{- define "kubeopencode.spread" -}}
{{- $pods := dict "app.kubernetes.io/name" "kubeopencode" "app.kubernetes.io/component" .component -}}
{{- $counting := dict "labelSelector" (dict "matchLabels" $pods) -}}
{{- range $index, $constraint := .constraints }}
{{- if $index }}{{ printf "\n" }}{{ end -}}
- {{ hasKey $constraint "labelSelector" | ternary $constraint (merge (deepCopy $constraint) $counting) | toYaml | nindent 2 | trim }}
{{- end }}
{{- end }}
