//go:build tools

// Package tools names the helm command of the local cluster, so that go.mod pins it.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
