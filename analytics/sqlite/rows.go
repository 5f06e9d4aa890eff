package sqlite

// rowsKept is how many visits the writer remembers the rows of, at least, of those
// that changed last. It takes some 15 MB for twice as many.
const rowsKept = 20_000

// rows remembers what the file holds of the visits under way, for as long as no other
// connection writes to it: SQLite tells that by data_version.
type rows struct {
	version int64
	pending bool // a transaction began and is not committed

	// Two generations: when the younger one is full, the elder is forgotten.
	visits, visitsBefore map[visitID]*visitRow
	carts, cartsBefore   map[int64]bool // by visitor: are there any?
}

// begin forgets all that a transaction cannot rely on. It has to be in it.
func (r *rows) begin(c *conn) error {
	version, err := c.number("PRAGMA data_version")
	if err != nil {
		return err
	}
	if r.pending || version != r.version || r.visits == nil {
		r.clear()
	}
	r.version, r.pending = version, true
	return nil
}

func (r *rows) clear() {
	r.visits, r.visitsBefore = map[visitID]*visitRow{}, nil
	r.carts, r.cartsBefore = map[int64]bool{}, nil
}

// commit keeps what a transaction leaves behind.
func (r *rows) commit(visits map[visitID]*visitRow) {
	r.pending = false
	for id, v := range visits {
		if v.changed || !v.isNew { // the others were not written
			r.visits[id] = v
		}
	}
	if len(r.visits) >= rowsKept {
		r.visits, r.visitsBefore = map[visitID]*visitRow{}, r.visits
	}
	if len(r.carts) >= rowsKept {
		r.carts, r.cartsBefore = map[int64]bool{}, r.carts
	}
}

// visit returns a visit as the last transaction left it, if it is known.
func (r *rows) visit(id visitID) *visitRow {
	v := r.visits[id]
	if v == nil {
		v = r.visitsBefore[id]
	}
	if v != nil {
		v.isNew, v.changed = false, false
	}
	return v
}

// hasCarts reports whether a visitor has carts, if that is known.
func (r *rows) hasCarts(visitor int64) (has, known bool) {
	if has, known = r.carts[visitor]; !known {
		has, known = r.cartsBefore[visitor]
	}
	return has, known
}
