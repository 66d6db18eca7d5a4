//go:build crmsync_static

package conformance

// #cgo pkg-config: --static crmsync-conformance
import "C"
