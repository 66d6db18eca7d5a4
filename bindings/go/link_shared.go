//go:build !crmsync_static

package crmsync

// #cgo pkg-config: crmsync
import "C"
