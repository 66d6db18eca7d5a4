package crmsync

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"runtime/cgo"
	"unsafe"

	"crmsync/internal/kit"
)

func init() {
	kit.State = func(store interface{}) kit.Hook {
		s := store.(StateStore)
		limits := stateLimits(s)
		table := (*C.crmsync_state_ops)(C.calloc(1, C.sizeof_crmsync_state_ops))
		C.crmsync_go_state_ops(table, C.uint32_t(limits.MaxItems), C.uint32_t(limits.MaxValue), C.uint64_t(limits.MaxBytes))
		return hookFor(newHooks(&System{}, s, nil, nil), unsafe.Pointer(table))
	}
	kit.Records = func(store interface{}) kit.Hook {
		s := store.(RecordStore)
		table := (*C.crmsync_record_ops)(C.calloc(1, C.sizeof_crmsync_record_ops))
		C.crmsync_go_record_ops(table, has(EngineOptions{Records: s}))
		return hookFor(newHooks(&System{}, nil, s, nil), unsafe.Pointer(table))
	}
	kit.Transport = func(transport interface{}) (kit.Hook, error) {
		handle := cgo.NewHandle(newHooks(&System{}, nil, nil, transport.(Transport)))
		var c *C.crmsync_sync_transport
		var err *C.crmsync_error
		if rc := C.crmsync_go_transport(C.uintptr_t(handle), &c, &err); rc != 0 {
			handle.Delete()
			return kit.Hook{}, take(rc, err)
		}
		return kit.Hook{Table: unsafe.Pointer(C.crmsync_sync_transport_ops()), Context: uintptr(unsafe.Pointer(c)),
			Free: func() {
				C.crmsync_sync_transport_free(c)
				handle.Delete()
			}}, nil
	}
}

func hookFor(h *hooks, table unsafe.Pointer) kit.Hook {
	handle := cgo.NewHandle(h)
	return kit.Hook{Table: table, Context: uintptr(handle), Free: func() {
		C.free(table)
		handle.Delete()
	}}
}
