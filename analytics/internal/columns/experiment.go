package columns

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Experiment answers report.Warehouse.Experiment. The goal counts in any visit of
// the visitor, if it is later than the exposure. Of a question about bots, those
// visits are of bots, too. See ExperimentBounds for what the set must hold.
func Experiment(ctx context.Context, set *Set, q report.ExperimentQuery) ([]report.Arm, error) {
	if err := checkExperiment(q); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	x := &experiment{set: sel.set, within: sel.period, goal: newSteps(sel.set, q.Goal)}
	sel.period = periodOf(report.Selection{}) // that was about the exposures
	for i := range sel.set.Arms {
		x.arms = append(x.arms, i != 0 && sel.set.Arms[i].Experiment == q.Name)
	}
	found, err := scan(ctx, sel, func(int) exposures { return exposures{} }, x.expose)
	if err != nil {
		return nil, err
	}
	x.exposed = make([]exposure, len(sel.set.First))
	for _, part := range found {
		for visitor, e := range part {
			if first := x.exposed[visitor]; first.arm == 0 || e.before(first) {
				x.exposed[visitor] = e
			}
		}
	}
	converted, err := scan(ctx, everybody(set, q.Bots), func(int) *bitmap { return new(bitmap) }, x.convert)
	if err != nil {
		return nil, err
	}
	return x.answer(converted), nil
}

// experiment is how to come by the answer to an ExperimentQuery.
type experiment struct {
	set     *Set
	within  period
	goal    *steps
	arms    []bool     // by arm: of this experiment?
	exposed []exposure // by visitor; without an arm: not exposed
}

// exposure is the earliest exposure of a visitor: the order of visits decides
// between those of the same moment.
type exposure struct {
	time     int64
	arm      uint32
	at, next uint32 // place of the segment, and in it
}

func (e exposure) before(o exposure) bool {
	return cmp.Or(cmp.Compare(e.time, o.time), cmp.Compare(e.at, o.at), cmp.Compare(e.next, o.next)) < 0
}

// exposures are the earliest by visitor.
type exposures map[uint32]exposure

// expose notes the exposures in visits of s.
func (x *experiment) expose(found exposures, at int, s *Segment, visits []uint32) {
	if len(s.exposureArm) == 0 {
		return
	}
	for _, i := range visits {
		for j := s.exposures[i]; j < s.exposures[i+1]; j++ {
			if !x.arms[s.exposureArm[j]] || !x.within.has(s.exposureTime[j]) {
				continue
			}
			e := exposure{time: s.exposureTime[j], arm: s.exposureArm[j], at: uint32(at), next: j} //nolint:gosec // a place (G115)
			if first, ok := found[s.visitor[i]]; !ok || e.before(first) {
				found[s.visitor[i]] = e
			}
		}
	}
}

// convert notes those who did the goal after they were exposed.
func (x *experiment) convert(converted *bitmap, _ int, s *Segment, visits []uint32) {
	if *converted == nil {
		*converted = newBitmap(len(x.exposed))
	}
	var did []doing
	for _, i := range visits {
		e := x.exposed[s.visitor[i]]
		if e.arm == 0 || converted.has(s.visitor[i]) {
			continue
		}
		did = x.goal.doings(did[:0], s, i)
		if slices.ContainsFunc(did, func(d doing) bool { return d.time > e.time && d.time < x.within.to }) {
			converted.add(s.visitor[i])
		}
	}
}

// answer puts the parts together.
func (x *experiment) answer(converted []*bitmap) []report.Arm {
	arms := map[string]*report.Arm{}
	for visitor, e := range x.exposed {
		if e.arm == 0 {
			continue
		}
		name := x.set.Arms[e.arm].Name
		arm := arms[name]
		if arm == nil {
			arm = &report.Arm{Name: name}
			arms[name] = arm
		}
		arm.Exposed++
		if slices.ContainsFunc(converted, func(b *bitmap) bool {
			return *b != nil && b.has(uint32(visitor)) //nolint:gosec // a code (G115)
		}) {
			arm.Converted++
		}
	}
	var rows []report.Arm
	for _, name := range slices.Sorted(maps.Keys(arms)) {
		rows = append(rows, *arms[name])
	}
	return rows
}
