{{/*
Labels that every resource of the chart carries
*/}}
{{- define "reader.labels" -}}
helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"
{{ include "reader.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{/*
Labels that pods are selected by
*/}}
{{- define "reader.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/*
Environment of every container that reads from Kafka
*/}}
{{- define "reader.envVars" -}}
- name: "READER_TOPIC"
  value: {{ .Values.config.topic | quote }}
- name: "READER_CONSUMER_GROUP"
  value: {{ .Values.config.consumerGroup | quote }}
- name: "KAFKA_SECURITY_PROTOCOL"
  value: "SSL"
- name: "KAFKA_BOOTSTRAP_SERVERS"
  valueFrom:
    secretKeyRef:
      name: "reader-kafka"
      key: "bootstrapServers"
- name: "KAFKA_CLUSTER_CA_PATH"
  value: "/etc/kafkacluster/ca.crt"
- name: "KAFKA_CLIENT_CERT_PATH"
  value: "/etc/kafkauser/user.crt"
- name: "KAFKA_CLIENT_KEY_PATH"
  value: "/etc/kafkauser/user.key"
{{- end }}
