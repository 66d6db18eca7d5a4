package conformance

// #include <stdlib.h>
// #include <crmsync/types.h>
import "C"

import "unsafe"

func free(s *C.char) { C.free(unsafe.Pointer(s)) }

func view(c *C.char, s string) C.crmsync_str {
	return C.crmsync_str{ptr: c, len: C.size_t(len(s))}
}

func text(s C.crmsync_str) string {
	if s.len == 0 {
		return ""
	}
	return C.GoStringN(s.ptr, C.int(s.len))
}
