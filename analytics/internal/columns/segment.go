package columns

// Segment is the visits that started in one hour of UTC, in the order of their
// starts and, where those are the same, of their IDs. It never changes. A column
// has one value a visit, view, action or exposure; those of a visit lie together,
// in the order of their times.
type Segment struct {
	hour int64

	id      []int64
	visitor []uint32
	user    []uint32
	origin  []uint32
	start   []int64
	last    []int64
	end     []End
	engaged []int64 // milliseconds, as far as beacons told; -1: none did

	// The views of visit i are those from views[i] on and before views[i+1].
	views     []uint32
	actions   []uint32
	exposures []uint32

	viewTime    []int64
	viewPage    []uint32
	viewEngaged []int32 // at most 30 minutes; -1: no beacon

	actionTime     []int64
	actionName     []uint32
	actionCurrency []uint32
	actionValue    []int64

	exposureTime []int64
	exposureArm  []uint32

	most codes
	span period // of everything that happened in its visits
}

// codes are the largest codes of a segment, of each kind.
type codes struct {
	visitor, user, origin, page, action, currency, arm uint32
	end                                                End
}

// Hour returns the hour in which the visits started, in hours since the Unix
// epoch.
func (s *Segment) Hour() int64 { return s.hour }

// Len returns the number of visits.
func (s *Segment) Len() int { return len(s.id) }

// Bytes returns how much memory s takes, nearly.
func (s *Segment) Bytes() int {
	const fixed, visit, view, action, exposure = 640, 57, 16, 24, 12
	return fixed + visit*len(s.id) + view*len(s.viewTime) + action*len(s.actionTime) + exposure*len(s.exposureTime)
}

// over reports whether visit i is over, where the newest event is of that moment.
func (s *Segment) over(i uint32, newest int64) bool {
	return s.end[i] != UnderWay || newest-s.last[i] > day
}

// derive fills in what follows from the columns.
func (s *Segment) derive() {
	s.engaged = make([]int64, len(s.id))
	s.span = period{from: s.hour * hour, to: s.hour*hour + 1}
	for i := range s.id {
		sum := int64(-1)
		for _, e := range s.viewEngaged[s.views[i]:s.views[i+1]] {
			if e >= 0 {
				sum = max(sum, 0) + int64(e)
			}
		}
		s.engaged[i] = sum
	}
	for _, times := range [][]int64{s.start, s.last, s.viewTime, s.actionTime} {
		for _, t := range times {
			s.span.from, s.span.to = min(s.span.from, t), max(s.span.to, t+1)
		}
	}
	s.most = codes{
		visitor: most(s.visitor), user: most(s.user), origin: most(s.origin), end: most(s.end),
		page: most(s.viewPage), action: most(s.actionName), currency: most(s.actionCurrency), arm: most(s.exposureArm),
	}
}

// most returns the largest value, or 0.
func most[T uint32 | End](values []T) T {
	var m T
	for _, v := range values {
		m = max(m, v)
	}
	return m
}
