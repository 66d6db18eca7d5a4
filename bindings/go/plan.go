package crmsync

// #include "bridge.h"
import "C"

import (
	"bytes"
	"runtime"
	"runtime/cgo"
	"time"
)

// Direction says which side asked for an operation.
type Direction uint32

// The directions.
const (
	DirectionIn  Direction = C.CRMSYNC_DIRECTION_IN
	DirectionOut Direction = C.CRMSYNC_DIRECTION_OUT
)

// Outcome is what a record is counted as.
type Outcome uint32

// The outcomes.
const (
	OutcomeCreated   Outcome = C.CRMSYNC_OUTCOME_CREATED
	OutcomeUpdated   Outcome = C.CRMSYNC_OUTCOME_UPDATED
	OutcomeUnchanged Outcome = C.CRMSYNC_OUTCOME_UNCHANGED
	OutcomeSkipped   Outcome = C.CRMSYNC_OUTCOME_SKIPPED
	OutcomeHeld      Outcome = C.CRMSYNC_OUTCOME_HELD
	OutcomeFailed    Outcome = C.CRMSYNC_OUTCOME_FAILED
	OutcomeUnknown   Outcome = C.CRMSYNC_OUTCOME_UNKNOWN
)

func (o Outcome) String() string { return C.GoString(C.crmsync_outcome_name(C.uint32_t(o))) }

// Reason says why a record or field was treated as it was; docs/reasons.md lists them by name.
type Reason uint32

// ReasonByName gives the reason of a stored name such as "create_no_match", or 0.
func ReasonByName(name string) Reason { return Reason(C.crmsync_reason_by_name(str(name))) }

func (r Reason) String() string { return C.GoString(C.crmsync_reason_name(C.uint32_t(r))) }

// Text is one sentence for people.
func (r Reason) Text() string { return C.GoString(C.crmsync_reason_text(C.uint32_t(r))) }

// Remedy says what to do about it, or is empty.
func (r Reason) Remedy() string { return C.GoString(C.crmsync_reason_remedy(C.uint32_t(r))) }

// Op is what an operation does to a side.
type Op uint32

// What is done to a side.
const (
	OpNone       Op = C.CRMSYNC_OP_NONE
	OpCreate     Op = C.CRMSYNC_OP_CREATE
	OpUpdate     Op = C.CRMSYNC_OP_UPDATE
	OpDeactivate Op = C.CRMSYNC_OP_DEACTIVATE
)

func (o Op) String() string {
	return [...]string{"none", "create", "update", "deactivate", "unknown"}[min(int(o), 4)]
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// NoOp stands for no other operation in PlanOp.Parent and PlanOp.SameAs.
const NoOp = -1

// PlanOp is one operation of a plan.
type PlanOp struct {
	Kind, LocalID string // the host's record; no id = one that the host is to create
	Object, CRMID string // the Salesforce record; no id = none yet
	Detail        string // a few words: the ambiguous ids, the missing fields
	Direction     Direction
	CRMOp         Op
	LocalOp       Op
	Outcome       Outcome // when all goes well
	Reason        Reason
	Rule          Reason // how the counterpart was found; 0 = it was not
	Link          bool   // the two records are linked by this
	Excluded      bool
	Parent        int // operation that must come first, or NoOp
	SameAs        int // operation whose CRM record this one shares, or NoOp
	Others        int // further CRM records of the same person or company
}

// PlanField is one field of an operation. A new cell that is absent is not written.
type PlanField struct {
	Local, Remote      string
	LocalOld, LocalNew Cell
	CRMOld, CRMNew     Cell
	Reason             Reason
}

// Plan is one page of operations: what would be done to both sides, and why.
type Plan struct {
	c   *C.crmsync_plan // NULL after a job went on from it
	job *Job            // owner of a page under review
}

func ownedPlan(c *C.crmsync_plan) *Plan {
	p := &Plan{c: c}
	runtime.SetFinalizer(p, func(p *Plan) { C.crmsync_plan_free(p.c) })
	return p
}

// DecideInput is what DecidePeople decides from; Config, Normalizer and People are required.
type DecideInput struct {
	Config     *Config
	Schema     *Schema // nil = nothing is known of the org
	Normalizer *Normalizer
	People     *Rows
	Companies  *Rows   // nil = the people's own words only
	Candidates []*Rows // one per object, its kind: Lead, Contact, Account, User
	Now        time.Time
	Verdicts   *Rows // of Suppression.Check; nil = not checked
}

// DecidePeople decides an export of people offline, as if they had never been synced.
func DecidePeople(in *DecideInput) (*Plan, error) {
	if in.Config == nil || in.Normalizer == nil || in.People == nil {
		return nil, failure(CodeInvalid, ClassConfig, "deciding needs a configuration, a normalizer and people")
	}
	var schema *C.crmsync_schema
	var companies, verdicts *C.crmsync_rows
	var now C.int64_t
	if in.Schema != nil {
		schema = in.Schema.c
	}
	if in.Companies != nil {
		companies = in.Companies.c
	}
	if in.Verdicts != nil {
		verdicts = in.Verdicts.c
	}
	if !in.Now.IsZero() {
		now = C.int64_t(in.Now.UnixMilli())
	}
	var c *C.crmsync_plan
	var err *C.crmsync_error
	list, candidates := pointers(in.Candidates)
	rc := C.crmsync_go_decide(in.Config.c, schema, in.Normalizer.c, in.People.c, companies,
		candidates, C.size_t(len(list)-1), now, verdicts, &c, &err)
	runtime.KeepAlive(in)
	for _, kept := range []interface{}{in.Config, in.Schema, in.Normalizer, in.People, in.Companies, in.Candidates,
		in.Verdicts} {
		runtime.KeepAlive(kept)
	}
	if rc != 0 {
		return nil, take(rc, err)
	}
	return ownedPlan(c), nil
}

// ReadPlan reads a plan that was written by Plan.JSON. It is not trusted.
func ReadPlan(json string) (*Plan, error) {
	var c *C.crmsync_plan
	var err *C.crmsync_error
	if rc := C.crmsync_plan_read(nil, str(json), &c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	return ownedPlan(c), nil
}

// Len is the number of operations.
func (p *Plan) Len() int {
	defer runtime.KeepAlive(p)
	if p.c == nil {
		return 0
	}
	return int(C.crmsync_plan_count(p.c))
}

func position(i C.size_t) int {
	if i == ^C.size_t(0) {
		return NoOp
	}
	return int(i)
}

// Op gives operation i; it panics when i is out of range, as an index of a slice does.
func (p *Plan) Op(i int) PlanOp {
	defer runtime.KeepAlive(p)
	p.check(i)
	o := C.crmsync_plan_op{struct_size: C.sizeof_crmsync_plan_op}
	C.crmsync_plan_get(p.c, C.size_t(i), &o)
	return PlanOp{
		Kind: goString(o.kind), LocalID: goString(o.local_id),
		Object: goString(o.object), CRMID: goString(o.crm_id), Detail: goString(o.detail),
		Direction: Direction(o.direction), CRMOp: Op(o.crm_op), LocalOp: Op(o.local_op),
		Outcome: Outcome(o.outcome), Reason: Reason(o.reason), Rule: Reason(o.rule),
		Link: o.link != 0, Excluded: o.excluded != 0,
		Parent: position(o.parent), SameAs: position(o.same_as), Others: int(o.other_count),
	}
}

// Ops gives all operations.
func (p *Plan) Ops() []PlanOp {
	out := make([]PlanOp, p.Len())
	for i := range out {
		out[i] = p.Op(i)
	}
	return out
}

func (p *Plan) check(i int) {
	if i < 0 || i >= p.Len() {
		panic(failure(CodeInvalid, ClassConfig, "no such operation in the plan"))
	}
}

// Fields gives the fields of operation i.
func (p *Plan) Fields(i int) []PlanField {
	defer runtime.KeepAlive(p)
	p.check(i)
	o := C.crmsync_plan_op{struct_size: C.sizeof_crmsync_plan_op}
	C.crmsync_plan_get(p.c, C.size_t(i), &o)
	out := make([]PlanField, int(o.field_count))
	for k := range out {
		f := C.crmsync_plan_field{struct_size: C.sizeof_crmsync_plan_field}
		C.crmsync_plan_get_field(p.c, C.size_t(i), C.size_t(k), &f)
		out[k] = PlanField{
			Local: goString(f.local), Remote: goString(f.remote),
			LocalOld: goCell(&f.local_old), LocalNew: goCell(&f.local_new),
			CRMOld: goCell(&f.crm_old), CRMNew: goCell(&f.crm_new), Reason: Reason(f.reason),
		}
	}
	return out
}

// PlanOther is a further Salesforce record of the same person or company.
type PlanOther struct {
	Object, ID string
	State      string // live, deleted, converted, vanished, merged
	MovedTo    string // the record that took its place
}

// Others gives the further Salesforce records of operation i.
func (p *Plan) Others(i int) ([]PlanOther, error) {
	defer runtime.KeepAlive(p)
	p.check(i)
	r := &Rows{}
	var err *C.crmsync_error
	if rc := C.crmsync_plan_others(p.c, C.size_t(i), 1, &r.c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	records := r.owned().Records()
	out := make([]PlanOther, len(records))
	for k, record := range records {
		out[k] = PlanOther{record["object"].Text, record["id"].Text, record["state"].Text, record["moved_to"].Text}
	}
	return out, nil
}

// Exclude takes operation i out of the plan, or back in; what depends on it goes with it.
func (p *Plan) Exclude(i int, excluded bool) {
	defer runtime.KeepAlive(p)
	p.check(i)
	C.crmsync_plan_exclude(p.c, C.size_t(i), C.int32_t(number(excluded)))
}

// Explain tells as JSON which questions were asked of operation i, and how each was answered.
func (p *Plan) Explain(i int) (string, error) {
	p.check(i)
	return p.written(func(h C.uintptr_t, err **C.crmsync_error) C.int32_t {
		return C.crmsync_go_plan_explain(p.c, C.size_t(i), h, err)
	})
}

// Inverse is the plan that puts back what the updates of this one write. Nothing is deleted.
func (p *Plan) Inverse() (*Plan, error) {
	defer runtime.KeepAlive(p)
	var c *C.crmsync_plan
	var err *C.crmsync_error
	if rc := C.crmsync_plan_inverse(p.c, &c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	return ownedPlan(c), nil
}

// Recheck takes out of the updates what no longer holds, by the records as they are now: Salesforce
// objects by Id, the host's kinds by id. It gives the number of operations of which nothing is left.
func (p *Plan) Recheck(schema *Schema, current ...*Rows) (int, error) {
	defer runtime.KeepAlive(p)
	var s *C.crmsync_schema
	if schema != nil {
		s = schema.c
	}
	var stale C.size_t
	var err *C.crmsync_error
	list, batches := pointers(current)
	rc := C.crmsync_go_plan_recheck(p.c, s, batches, C.size_t(len(list)-1), &stale, &err)
	runtime.KeepAlive(schema)
	runtime.KeepAlive(current)
	return int(stale), take(rc, err)
}

// Summary counts operations: operation, object, outcome, reason, count.
func (p *Plan) Summary() ([]Record, error) {
	defer runtime.KeepAlive(p)
	r := &Rows{}
	var err *C.crmsync_error
	if rc := C.crmsync_plan_summary(p.c, &r.c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	return r.owned().Records(), nil
}

// PlanText says how Plan.Text shows a plan.
type PlanText struct {
	Colour    bool
	Limit     uint32 // operations shown in full, the rest is summed up; 0 = 10
	AllFields bool   // fields that stay as they are, too
}

// Text writes the plan for people.
func (p *Plan) Text(o PlanText) (string, error) {
	if o.Limit == 0 {
		o.Limit = 10
	}
	return p.written(func(h C.uintptr_t, err **C.crmsync_error) C.int32_t {
		return C.crmsync_go_plan_text(p.c, number(o.Colour), C.uint32_t(o.Limit), number(o.AllFields), h, err)
	})
}

// JSON writes the plan as one document.
func (p *Plan) JSON() (string, error) {
	return p.written(func(h C.uintptr_t, err **C.crmsync_error) C.int32_t {
		return C.crmsync_go_plan_json(p.c, h, err)
	})
}

func (p *Plan) written(write func(C.uintptr_t, **C.crmsync_error) C.int32_t) (string, error) {
	defer runtime.KeepAlive(p)
	var text bytes.Buffer
	var err *C.crmsync_error
	h := cgo.NewHandle(&text)
	defer h.Delete()
	rc := write(C.uintptr_t(h), &err)
	return text.String(), take(rc, err)
}

//export crmsyncGoWrite
func crmsyncGoWrite(h C.uintptr_t, text C.crmsync_str) C.int32_t {
	cgo.Handle(h).Value().(*bytes.Buffer).Write(goBytes(text))
	return 0
}
