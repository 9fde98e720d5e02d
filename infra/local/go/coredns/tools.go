//go:build tools

// Package tools names the DNS server of the local cluster, so that go.mod pins it.
package tools

import _ "github.com/coredns/coredns"
