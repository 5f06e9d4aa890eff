package columns

import (
	"cmp"
	"slices"
)

// engagedMost is the most that counts of the engagement of one view, in
// milliseconds.
const engagedMost = 30 * 60_000

// Build puts visits that all started in the given hour, in hours since the Unix
// epoch, into columns. It leaves visits as they are.
func Build(hour int64, visits []Visit) *Segment {
	visits = slices.Clone(visits)
	slices.SortFunc(visits, func(a, b Visit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID))
	})
	s := &Segment{hour: hour}
	s.reserve(visits)
	var views []View
	var actions []Action
	var exposures []Exposure
	for i := range visits {
		v := &visits[i]
		s.id = append(s.id, v.ID)
		s.visitor = append(s.visitor, v.Visitor)
		s.user = append(s.user, v.User)
		s.origin = append(s.origin, v.Origin)
		s.start = append(s.start, v.Start)
		s.last = append(s.last, v.Last)
		s.end = append(s.end, v.End)

		views = append(views[:0], v.Views...)
		slices.SortFunc(views, func(a, b View) int {
			return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Key, b.Key))
		})
		for _, w := range views {
			s.viewTime = append(s.viewTime, w.Time)
			s.viewPage = append(s.viewPage, w.Page)
			s.viewEngaged = append(s.viewEngaged, max(-1, min(w.Engaged, engagedMost)))
		}
		s.views = append(s.views, uint32(len(s.viewTime))) //nolint:gosec // an hour does not hold so many (G115)

		actions = append(actions[:0], v.Actions...)
		slices.SortFunc(actions, func(a, b Action) int {
			return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Key, b.Key))
		})
		for _, a := range actions {
			s.actionTime = append(s.actionTime, a.Time)
			s.actionName = append(s.actionName, a.Name)
			s.actionCurrency = append(s.actionCurrency, a.Currency)
			s.actionValue = append(s.actionValue, a.Value)
		}
		s.actions = append(s.actions, uint32(len(s.actionTime))) //nolint:gosec // as above (G115)

		exposures = append(exposures[:0], v.Exposures...)
		slices.SortFunc(exposures, func(a, b Exposure) int {
			return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Arm, b.Arm))
		})
		for _, x := range exposures {
			s.exposureTime = append(s.exposureTime, x.Time)
			s.exposureArm = append(s.exposureArm, x.Arm)
		}
		s.exposures = append(s.exposures, uint32(len(s.exposureTime))) //nolint:gosec // as above (G115)
	}
	s.derive()
	return s
}

// reserve makes room for visits, exactly.
func (s *Segment) reserve(visits []Visit) {
	views, actions, exposures := 0, 0, 0
	for i := range visits {
		views += len(visits[i].Views)
		actions += len(visits[i].Actions)
		exposures += len(visits[i].Exposures)
	}
	s.make(len(visits), views, actions, exposures)
}

// make gives s empty columns with room for so many.
func (s *Segment) make(visits, views, actions, exposures int) {
	s.id = make([]int64, 0, visits)
	s.visitor = make([]uint32, 0, visits)
	s.user = make([]uint32, 0, visits)
	s.origin = make([]uint32, 0, visits)
	s.start = make([]int64, 0, visits)
	s.last = make([]int64, 0, visits)
	s.end = make([]End, 0, visits)
	s.views = make([]uint32, 1, visits+1)
	s.actions = make([]uint32, 1, visits+1)
	s.exposures = make([]uint32, 1, visits+1)
	s.viewTime = make([]int64, 0, views)
	s.viewPage = make([]uint32, 0, views)
	s.viewEngaged = make([]int32, 0, views)
	s.actionTime = make([]int64, 0, actions)
	s.actionName = make([]uint32, 0, actions)
	s.actionCurrency = make([]uint32, 0, actions)
	s.actionValue = make([]int64, 0, actions)
	s.exposureTime = make([]int64, 0, exposures)
	s.exposureArm = make([]uint32, 0, exposures)
}
