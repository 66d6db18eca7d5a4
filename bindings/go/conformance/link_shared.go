//go:build !crmsync_static

package conformance

// #cgo pkg-config: crmsync-conformance
import "C"
