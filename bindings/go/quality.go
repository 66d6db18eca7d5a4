package crmsync

// #include "bridge.h"
import "C"

import "runtime"

// Quality tells how well people, companies, or Lead, Contact or Account rows can be matched: rows of check,
// field, count and first. Duplicates are found within the batch.
func Quality(config *Config, normalizer *Normalizer, records *Rows) (*Rows, error) {
	if config == nil || normalizer == nil {
		return nil, failure(CodeInvalid, ClassConfig, "quality needs a configuration and a normalizer")
	}
	defer runtime.KeepAlive(config)
	defer runtime.KeepAlive(normalizer)
	defer runtime.KeepAlive(records)
	out := &Rows{}
	var err *C.crmsync_error
	if rc := C.crmsync_quality(config.c, normalizer.c, rowsOrNil(records), &out.c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	return out.owned(), nil
}

// OwnerReport tells who owns records that nobody of the host's team looks after: rows of finding (unmapped,
// inactive, queue, unknown), owner, name, email, object and records. Owned and members may be nil.
func OwnerReport(config *Config, normalizer *Normalizer, users, owned, members *Rows) (*Rows, error) {
	if config == nil || normalizer == nil {
		return nil, failure(CodeInvalid, ClassConfig, "an owner report needs a configuration and a normalizer")
	}
	defer runtime.KeepAlive(config)
	defer runtime.KeepAlive(normalizer)
	defer runtime.KeepAlive(users)
	defer runtime.KeepAlive(owned)
	defer runtime.KeepAlive(members)
	out := &Rows{}
	var err *C.crmsync_error
	if rc := C.crmsync_owner_report(config.c, normalizer.c, rowsOrNil(users), rowsOrNil(owned),
		rowsOrNil(members), &out.c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	return out.owned(), nil
}
