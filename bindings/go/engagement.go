package crmsync

// #include "bridge.h"
import "C"

import (
	"runtime"
	"time"
)

// SourceKind says what a source of suppression holds; crmsync/suppression.h names the fields of each.
type SourceKind uint32

// The kinds of sources.
const (
	SourceList          SourceKind = C.CRMSYNC_SOURCE_LIST
	SourceOpportunities SourceKind = C.CRMSYNC_SOURCE_OPPORTUNITIES
	SourceContactRoles  SourceKind = C.CRMSYNC_SOURCE_CONTACT_ROLES
	SourceStages        SourceKind = C.CRMSYNC_SOURCE_STAGES
)

// Channel is a way to contact somebody, as a bit.
type Channel uint32

// The channels.
const (
	ChannelEmail Channel = C.CRMSYNC_CHANNEL_EMAIL
	ChannelCall  Channel = C.CRMSYNC_CHANNEL_CALL
)

// Source is one source of suppression, or one page of it.
type Source struct {
	Name     string // as people know it; lists need one
	Kind     SourceKind
	Complete bool      // read to the end without an error
	Read     time.Time // when; the zero time is stale
	Rows     *Rows     // nil = nothing could be read
}

// Suppression says who may be contacted. It fails closed: while a source that the configuration wants is
// missing, incomplete or stale, nobody is clear.
type Suppression struct {
	c          *C.crmsync_suppression
	config     *Config
	normalizer *Normalizer
	workspace  *Workspace // of a set that uses one
}

// NewSuppression makes an empty set of sources.
func NewSuppression(config *Config, normalizer *Normalizer) (*Suppression, error) {
	if config == nil || normalizer == nil {
		return nil, failure(CodeInvalid, ClassConfig, "suppression needs a configuration and a normalizer")
	}
	s := &Suppression{config: config, normalizer: normalizer}
	var err *C.crmsync_error
	if rc := C.crmsync_suppression_new(nil, config.c, normalizer.c, &s.c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	runtime.SetFinalizer(s, func(s *Suppression) { C.crmsync_suppression_free(s.c) })
	return s, nil
}

// rowsOrNil is the C side of rows that may be missing.
func rowsOrNil(r *Rows) *C.crmsync_rows {
	if r == nil {
		return nil
	}
	return r.c
}

// AddSource adds a source, or a further page of one; order does not matter.
func (s *Suppression) AddSource(source Source) error {
	defer runtime.KeepAlive(s)
	defer runtime.KeepAlive(source.Rows)
	var err *C.crmsync_error
	rc := C.crmsync_go_suppression_add(s.c, str(source.Name), C.uint32_t(source.Kind),
		C.uint32_t(number(source.Complete)), millis(source.Read), rowsOrNil(source.Rows), &err)
	return take(rc, err)
}

// SuppressionQuery is what Suppression.Check looks at; People and Now are required.
type SuppressionQuery struct {
	People    *Rows
	Companies *Rows // the host's; nil = none
	Now       time.Time
	Channels  Channel // 0 = all of them
}

// Check gives one row per person and reason, the strongest first, and one for a person who is clear.
func (s *Suppression) Check(q SuppressionQuery) (*Rows, error) {
	defer runtime.KeepAlive(s)
	defer runtime.KeepAlive(q)
	out := &Rows{}
	var err *C.crmsync_error
	rc := C.crmsync_go_suppression_check(s.c, rowsOrNil(q.People), rowsOrNil(q.Companies), millis(q.Now),
		C.uint32_t(q.Channels), &out.c, &err)
	if rc != 0 {
		return nil, take(rc, err)
	}
	return out.owned(), nil
}

// MemberInput is what DecideMembers decides from; Config, Normalizer, Engagements and People are required.
// crmsync/campaign.h names the fields of the rows.
type MemberInput struct {
	Config      *Config
	Schema      *Schema // nil = nothing is known of the org's fields
	Normalizer  *Normalizer
	Engagements *Rows
	People      *Rows
	Statuses    *Rows // CampaignMemberStatus
	Members     *Rows // CampaignMember
	History     *Rows // what was decided before
}

// DecideMembers decides campaign members: one operation per campaign and person.
func DecideMembers(in *MemberInput) (*Plan, error) {
	if in.Config == nil || in.Normalizer == nil {
		return nil, failure(CodeInvalid, ClassConfig, "deciding members needs a configuration and a normalizer")
	}
	defer runtime.KeepAlive(in)
	var schema *C.crmsync_schema
	if in.Schema != nil {
		schema = in.Schema.c
	}
	rows := []*C.crmsync_rows{rowsOrNil(in.Engagements), rowsOrNil(in.People), rowsOrNil(in.Statuses),
		rowsOrNil(in.Members), rowsOrNil(in.History)}
	var c *C.crmsync_plan
	var err *C.crmsync_error
	if rc := C.crmsync_go_decide_members(in.Config.c, schema, in.Normalizer.c, &rows[0], &c, &err); rc != 0 {
		return nil, take(rc, err)
	}
	return ownedPlan(c), nil
}

// AttributionModel says how an amount is shared out over touches.
type AttributionModel uint32

// The models.
const (
	AttributionFirst     AttributionModel = C.CRMSYNC_ATTRIBUTION_FIRST
	AttributionLast      AttributionModel = C.CRMSYNC_ATTRIBUTION_LAST
	AttributionLinear    AttributionModel = C.CRMSYNC_ATTRIBUTION_LINEAR
	AttributionUShaped   AttributionModel = C.CRMSYNC_ATTRIBUTION_U_SHAPED
	AttributionWShaped   AttributionModel = C.CRMSYNC_ATTRIBUTION_W_SHAPED
	AttributionTimeDecay AttributionModel = C.CRMSYNC_ATTRIBUTION_TIME_DECAY
)

// Attribution is one conversion.
type Attribution struct {
	Model        AttributionModel
	Amount       string    // decimal; never rounded
	Scale        uint32    // digits after the point that the currency has: 2 for euros, 0 for yen
	HalfLifeDays uint32    // of time decay; 0 = 7
	Converted    time.Time // the zero time is after every touch
	LeadCreated  time.Time // of the w-shaped model
	RefuseLate   bool      // touches after the conversion are an error; else they get nothing
}

// Attribute shares an amount out over touches: rows of id, campaign_id, share_ppm and amount in the order of
// the touches. Shares and amounts add up to the last unit.
func Attribute(a Attribution, touches *Rows) (*Rows, error) {
	defer runtime.KeepAlive(touches)
	late, halfLife := C.uint32_t(C.CRMSYNC_LATE_IGNORE), a.HalfLifeDays
	if a.RefuseLate {
		late = C.CRMSYNC_LATE_REFUSE
	}
	if halfLife == 0 {
		halfLife = 7
	}
	out := &Rows{}
	var err *C.crmsync_error
	rc := C.crmsync_go_attribute(C.uint32_t(a.Model), late, C.uint32_t(halfLife), C.uint32_t(a.Scale),
		millis(a.Converted), millis(a.LeadCreated), str(a.Amount), rowsOrNil(touches), &out.c, &err)
	if rc != 0 {
		return nil, take(rc, err)
	}
	return out.owned(), nil
}
