//go:build crmsync_static

package crmsync

// #cgo pkg-config: --static crmsync
import "C"
