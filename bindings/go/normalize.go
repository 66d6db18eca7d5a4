package crmsync

// #include "bridge.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Normalizer makes keys that two systems agree on. Immutable; goroutines may share it.
type Normalizer struct{ c *C.crmsync_normalizer }

// NormalizeOptions may all be left at their zero values.
type NormalizeOptions struct {
	FreemailAdd      []string // further consumer mail domains
	FreemailRemove   []string // built-in ones that are employers to this host
	SharedHostAdd    []string // hosts under which everybody may have a page
	LegalFormAdd     []string // such as "oy ab"
	PublicSuffixList string   // text of a newer list; empty = the built-in one
	KeepSubdomains   bool     // shop.acme.com stays itself instead of acme.com
}

// NewNormalizer makes a normalizer; nil options are the defaults.
func NewNormalizer(o *NormalizeOptions) (*Normalizer, error) {
	if o == nil {
		o = &NormalizeOptions{}
	}
	var p packer
	var spans []C.crmsync_go_span
	var counts [4]C.size_t
	for i, list := range [][]string{o.FreemailAdd, o.FreemailRemove, o.SharedHostAdd, o.LegalFormAdd} {
		counts[i] = C.size_t(len(list))
		spans = append(spans, p.addAll(list)...)
	}
	n := &Normalizer{}
	var err *C.crmsync_error
	rc := C.crmsync_go_normalizer_new(firstSpan(spans), &counts[0], p.block(), str(o.PublicSuffixList),
		number(o.KeepSubdomains), &n.c, &err)
	if rc != 0 {
		return nil, take(rc, err)
	}
	runtime.SetFinalizer(n, func(n *Normalizer) { C.crmsync_normalizer_free(n.c) })
	return n, nil
}

func number(b bool) C.uint32_t {
	if b {
		return 1
	}
	return 0
}

type keyBuffer struct {
	bytes [C.CRMSYNC_KEY_MAX]byte
	len   C.size_t
}

func (b *keyBuffer) at() *C.char { return (*C.char)(unsafe.Pointer(&b.bytes[0])) }

// key is "" without a key. A buffer of CRMSYNC_KEY_MAX always suffices, so what is left is memory.
func (b *keyBuffer) key(rc C.int32_t) string {
	if rc != 0 {
		panic(Code(rc))
	}
	return string(b.bytes[:b.len])
}

// Email gives the key of an e-mail address, or "" when it has none.
func (n *Normalizer) Email(in string) string {
	defer runtime.KeepAlive(n)
	var b keyBuffer
	return b.key(C.crmsync_normalize_email(n.c, str(in), b.at(), C.CRMSYNC_KEY_MAX, &b.len))
}

// Domain gives the registrable domain of a website, host or e-mail address, or "".
func (n *Normalizer) Domain(in string) string {
	defer runtime.KeepAlive(n)
	var b keyBuffer
	return b.key(C.crmsync_normalize_domain(n.c, str(in), b.at(), C.CRMSYNC_KEY_MAX, &b.len))
}

// Host gives the host without "www.", or "".
func (n *Normalizer) Host(in string) string {
	defer runtime.KeepAlive(n)
	var b keyBuffer
	return b.key(C.crmsync_normalize_host(n.c, str(in), b.at(), C.CRMSYNC_KEY_MAX, &b.len))
}

// Company gives a company name without legal form, case, marks and punctuation, or "".
func (n *Normalizer) Company(in string) string {
	defer runtime.KeepAlive(n)
	var b keyBuffer
	return b.key(C.crmsync_normalize_company(n.c, str(in), b.at(), C.CRMSYNC_KEY_MAX, &b.len))
}

// IsFreemail says whether the domain belongs to a consumer mail provider.
func (n *Normalizer) IsFreemail(domain string) bool {
	defer runtime.KeepAlive(n)
	return C.crmsync_is_freemail(n.c, str(domain)) != 0
}

// IsSharedHost says whether everybody may have a page below the host.
func (n *Normalizer) IsSharedHost(host string) bool {
	defer runtime.KeepAlive(n)
	return C.crmsync_is_shared_host(n.c, str(host)) != 0
}

// NormalizeID gives a Salesforce id of 15 or 18 characters as 18, or "" when it is none.
func NormalizeID(in string) string {
	var b keyBuffer
	return b.key(C.crmsync_normalize_id(str(in), b.at(), C.CRMSYNC_KEY_MAX, &b.len))
}
