package crmsync

// #include "bridge.h"
import "C"

import (
	"runtime"
	"sort"
	"time"
	"unsafe"
)

// CellType is the type of a Cell; there may be more of them in a newer library.
type CellType uint32

// The cell types.
const (
	CellAbsent   CellType = C.CRMSYNC_CELL_ABSENT   // says nothing about the field
	CellNull     CellType = C.CRMSYNC_CELL_NULL     // the field is empty
	CellText     CellType = C.CRMSYNC_CELL_TEXT     // Text
	CellBool     CellType = C.CRMSYNC_CELL_BOOL     // Number, 0 or 1
	CellDecimal  CellType = C.CRMSYNC_CELL_DECIMAL  // Text, digit for digit
	CellDate     CellType = C.CRMSYNC_CELL_DATE     // Number, days since 1970-01-01
	CellDateTime CellType = C.CRMSYNC_CELL_DATETIME // Number, milliseconds since 1970-01-01T00:00:00Z
	CellID       CellType = C.CRMSYNC_CELL_ID       // Text, a Salesforce id
)

// Cell is one value of one field of one record. Cells are comparable; the zero Cell is absent.
type Cell struct {
	Type   CellType
	Text   string
	Number int64
}

// Text makes a cell of a text.
func Text(s string) Cell { return Cell{Type: CellText, Text: s} }

// Null makes a cell that says the field is empty.
func Null() Cell { return Cell{Type: CellNull} }

// Decimal makes a cell of a number in decimal notation.
func Decimal(digits string) Cell { return Cell{Type: CellDecimal, Text: digits} }

// Bool makes a cell of a truth value.
func Bool(b bool) Cell { return Cell{Type: CellBool, Number: int64(number(b))} }

// DateTime makes a cell of an instant, in milliseconds.
func DateTime(t time.Time) Cell { return Cell{Type: CellDateTime, Number: t.UnixMilli()} }

// Date makes a cell of the calendar date that t shows.
func Date(t time.Time) Cell { return Cell{Type: CellDate, Number: days(t)} }

func days(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// Time gives the instant of a DateTime cell, or the midnight in UTC of a Date cell.
func (c Cell) Time() time.Time {
	if c.Type == CellDate {
		return time.Unix(c.Number*86400, 0).UTC()
	}
	return time.UnixMilli(c.Number).UTC()
}

// Record is one record by field name. A field that is not there is absent. With record stores, "id",
// "rev", "origin", "deleted" and "inactive" have the meanings of docs/hooks.md.
type Record map[string]Cell

// Rows is a batch: a kind, field names once, and cells.
type Rows struct {
	c      *C.crmsync_rows
	lender interface{} // what owns c, if this object does not
}

// NewRows makes an empty batch of a kind such as "person", or a Salesforce object.
func NewRows(kind string, fields []string) (*Rows, error) {
	var p packer
	var err *C.crmsync_error
	r := &Rows{}
	names := p.addAll(fields)
	rc := C.crmsync_go_rows_new(str(kind), firstSpan(names), C.size_t(len(names)), p.block(), &r.c, &err)
	if rc != 0 {
		return nil, take(rc, err)
	}
	return r.owned(), nil
}

// RowsOf makes a batch of records; its fields are those that occur in them, sorted.
func RowsOf(kind string, records []Record) (*Rows, error) {
	seen := map[string]bool{}
	var fields []string
	for _, record := range records {
		for name := range record {
			if !seen[name] {
				seen[name] = true
				fields = append(fields, name)
			}
		}
	}
	sort.Strings(fields)
	r, err := NewRows(kind, fields)
	if err != nil {
		return nil, err
	}
	cells := make([]Cell, 0, len(records)*len(fields))
	for _, record := range records {
		for _, name := range fields {
			cells = append(cells, record[name])
		}
	}
	return r, r.add(cells, len(records), len(fields))
}

func (r *Rows) owned() *Rows {
	runtime.SetFinalizer(r, func(r *Rows) { C.crmsync_rows_free(r.c) })
	return r
}

// free ends a batch before the garbage collector finds it.
func (r *Rows) free() {
	if r != nil && r.lender == nil {
		runtime.SetFinalizer(r, nil)
		C.crmsync_rows_free(r.c)
		r.c = nil
	}
}

// Kind is the kind of all records.
func (r *Rows) Kind() string {
	defer runtime.KeepAlive(r)
	return goString(C.crmsync_rows_kind(r.c))
}

// Len is the number of records.
func (r *Rows) Len() int {
	defer runtime.KeepAlive(r)
	return int(C.crmsync_rows_count(r.c))
}

// Fields gives the field names in the order of the cells.
func (r *Rows) Fields() []string {
	defer runtime.KeepAlive(r)
	out := make([]string, int(C.crmsync_rows_field_count(r.c)))
	for i := range out {
		out[i] = goString(C.crmsync_rows_field(r.c, C.size_t(i)))
	}
	return out
}

// Append adds records whose cells follow each other, one per field, in one call.
func (r *Rows) Append(cells []Cell) error {
	fields := len(r.Fields())
	if fields == 0 || len(cells)%fields != 0 {
		return failure(CodeInvalid, ClassConfig, "the number of cells is not a multiple of that of the fields")
	}
	return r.add(cells, len(cells)/fields, fields)
}

func (r *Rows) add(cells []Cell, count, fields int) error {
	defer runtime.KeepAlive(r)
	var p packer
	var err *C.crmsync_error
	packed := make([]C.crmsync_go_cell, len(cells)+1)
	for i, cell := range cells {
		packed[i] = C.crmsync_go_cell{text: p.add(cell.Text), number: C.int64_t(cell.Number), _type: C.uint32_t(cell.Type)}
	}
	rc := C.crmsync_go_rows_add(r.c, &packed[0], C.size_t(count), C.size_t(fields), p.block(), &err)
	return take(rc, err)
}

// AppendJSON adds one record from a JSON object; unknown members become new fields.
func (r *Rows) AppendJSON(json string) error {
	defer runtime.KeepAlive(r)
	var err *C.crmsync_error
	rc := C.crmsync_rows_append_json(r.c, str(json), &err)
	return take(rc, err)
}

// AppendJSONL adds one record per line.
func (r *Rows) AppendJSONL(lines string) error {
	defer runtime.KeepAlive(r)
	var err *C.crmsync_error
	rc := C.crmsync_rows_append_jsonl(r.c, str(lines), &err)
	return take(rc, err)
}

// Cells gives all cells, record by record; they are read in one call.
func (r *Rows) Cells() []Cell {
	defer runtime.KeepAlive(r)
	n, fields := C.crmsync_rows_count(r.c), C.crmsync_rows_field_count(r.c)
	raw := make([]C.crmsync_cell, int(n*fields)+1)
	C.crmsync_rows_read(r.c, 0, n, &raw[0])
	out := make([]Cell, len(raw)-1)
	for i := range out {
		out[i] = goCell(&raw[i])
	}
	return out
}

func goCell(c *C.crmsync_cell) Cell {
	return Cell{Type: CellType(c._type), Text: goString(c.text), Number: int64(c.number)}
}

// Records gives the records without their absent cells.
func (r *Rows) Records() []Record {
	fields, cells := r.Fields(), r.Cells()
	out := make([]Record, r.Len())
	for i := range out {
		out[i] = make(Record, len(fields))
		for k, name := range fields {
			if cell := cells[i*len(fields)+k]; cell.Type != CellAbsent {
				out[i][name] = cell
			}
		}
	}
	return out
}

// lentRows looks at a batch that C owns, for the time of a hook.
func lentRows(c *C.crmsync_rows) *Rows { return &Rows{c: c, lender: c} }

// pointers gives the C objects of several batches, for one call.
func pointers(list []*Rows) ([]*C.crmsync_rows, **C.crmsync_rows) {
	out := make([]*C.crmsync_rows, len(list)+1)
	for i, r := range list {
		out[i] = r.c
	}
	return out, (**C.crmsync_rows)(unsafe.Pointer(&out[0]))
}
