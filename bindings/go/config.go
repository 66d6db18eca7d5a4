package crmsync

// #include "bridge.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
)

// Config is a configuration: parsed, checked and immutable.
type Config struct{ c *C.crmsync_config }

// ParseConfig parses and checks a configuration document; docs/configuration.md lists its members.
// The error's Where is a JSON pointer or a byte offset.
func ParseConfig(json string) (*Config, error) {
	k := &Config{}
	var err *C.crmsync_error
	if rc := C.crmsync_config_parse(nil, str(json), &k.c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	runtime.SetFinalizer(k, func(k *Config) { C.crmsync_config_free(k.c) })
	return k, nil
}

// JSON gives the whole configuration, presets merged in.
func (k *Config) JSON() string {
	defer runtime.KeepAlive(k)
	return goString(C.crmsync_config_dump(k.c))
}

// Digest is a 64-bit digest of JSON.
func (k *Config) Digest() uint64 {
	defer runtime.KeepAlive(k)
	return uint64(C.crmsync_config_digest(k.c))
}

// Normalizer makes the normalizer that this configuration asks for, as a workspace uses it.
func (k *Config) Normalizer() (*Normalizer, error) {
	n := &Normalizer{}
	var err *C.crmsync_error
	rc := C.crmsync_config_normalizer(k.c, nil, &n.c, &err)
	runtime.KeepAlive(k)
	if rc != 0 {
		return nil, take(rc, err)
	}
	runtime.SetFinalizer(n, func(n *Normalizer) { C.crmsync_normalizer_free(n.c) })
	return n, nil
}

// Finding is one remark of Config.Lint.
type Finding struct {
	Severity LogLevel // LogError or LogWarn
	Where    string   // a JSON pointer into Config.JSON
	Message  string
	Remedy   string
}

// Lint checks the configuration against a real org.
func (k *Config) Lint(schema *Schema) ([]Finding, error) {
	var found []Finding
	var err *C.crmsync_error
	h := cgo.NewHandle(&found)
	defer h.Delete()
	rc := C.crmsync_go_config_lint(k.c, schema.c, C.uintptr_t(h), &err)
	runtime.KeepAlive(k)
	runtime.KeepAlive(schema)
	return found, take(rc, err)
}

//export crmsyncGoFinding
func crmsyncGoFinding(h C.uintptr_t, severity C.int32_t, where, message, remedy C.crmsync_str) {
	found := cgo.Handle(h).Value().(*[]Finding)
	*found = append(*found, Finding{LogLevel(severity), goString(where), goString(message), goString(remedy)})
}

// Schema holds describe snapshots of an org's objects.
type Schema struct{ c *C.crmsync_schema }

// NewSchema makes an empty schema, to be filled before it is shared.
func NewSchema() (*Schema, error) {
	s := &Schema{}
	var err *C.crmsync_error
	return s.made(C.crmsync_schema_new(nil, &s.c, &err), err)
}

// ParseSchema reads {"objects":[<describe>, ...],"statuses":{"LeadStatus":[...]}}.
func ParseSchema(json string) (*Schema, error) {
	s := &Schema{}
	var err *C.crmsync_error
	return s.made(C.crmsync_schema_parse(nil, str(json), &s.c, &err), err)
}

func (s *Schema) made(rc C.int32_t, err *C.crmsync_error) (*Schema, error) {
	if rc != 0 {
		return nil, take(rc, err)
	}
	runtime.SetFinalizer(s, func(s *Schema) { C.crmsync_schema_free(s.c) })
	return s, nil
}

// AddDescribe adds one object from the answer of GET /sobjects/{X}/describe.
func (s *Schema) AddDescribe(json string) error {
	defer runtime.KeepAlive(s)
	var err *C.crmsync_error
	rc := C.crmsync_schema_add_describe(s.c, str(json), &err)
	return take(rc, err)
}

// AddStatuses marks picklist values from rows of LeadStatus, TaskStatus or OpportunityStage.
func (s *Schema) AddStatuses(object, json string) error {
	defer runtime.KeepAlive(s)
	var err *C.crmsync_error
	rc := C.crmsync_schema_add_statuses(s.c, str(object), str(json), &err)
	return take(rc, err)
}
