package columns

import "github.com/sojourn-go/sojourn/analytics/report"

// steps tells which views and actions are which steps: by page and by name a bit
// for each.
type steps struct {
	pages   []uint16
	actions []uint16
	views   bool // some step is a view
	acts    bool // some step is an action
}

// newSteps compiles steps, of which there are 16 at most and none has a fault.
func newSteps(set *Set, all ...report.Step) *steps {
	m := &steps{pages: make([]uint16, len(set.Pages)), actions: make([]uint16, len(set.Actions))}
	for n, step := range all {
		bit := uint16(1) << n
		for i := range set.Pages {
			if p := &set.Pages[i]; i != 0 && stepIs(step, p) {
				m.pages[i] |= bit
				m.views = true
			}
		}
		for i, name := range set.Actions {
			if i != 0 && step.Action != "" && matches(step.Action, name) {
				m.actions[i] |= bit
				m.acts = true
			}
		}
	}
	return m
}

// stepIs reports whether a view of p is the step.
func stepIs(step report.Step, p *Page) bool {
	switch {
	case step.Page != "":
		return !p.Screen && matches(step.Page, p.Name)
	case step.Route != "":
		return !p.Screen && matches(step.Route, p.route())
	default:
		return step.Screen != "" && p.Screen && matches(step.Screen, p.Name)
	}
}

// taken reports whether visit i of s took one of the steps.
func (m *steps) taken(s *Segment, i uint32) bool {
	if m.views {
		for _, page := range s.pagesOf(i) {
			if m.pages[page] != 0 {
				return true
			}
		}
	}
	if m.acts {
		for _, name := range s.actionsOf(i) {
			if m.actions[name] != 0 {
				return true
			}
		}
	}
	return false
}

// doing is a view or an action that is a step, or several.
type doing struct {
	time  int64
	steps uint16
	act   bool
}

// rank tells which of two doings of the same moment comes first.
func (d doing) rank() int {
	if d.act {
		return 1
	}
	return 0
}

// doings appends to out what visit i of s did of the steps, in its order: by time,
// and views before actions.
func (m *steps) doings(out []doing, s *Segment, i uint32) []doing {
	view, views := s.views[i], s.views[i+1]
	act, acts := s.actions[i], s.actions[i+1]
	if !m.views {
		view = views
	}
	if !m.acts {
		act = acts
	}
	for view < views || act < acts {
		if act == acts || view < views && s.viewTime[view] <= s.actionTime[act] {
			if of := m.pages[s.viewPage[view]]; of != 0 {
				out = append(out, doing{time: s.viewTime[view], steps: of})
			}
			view++
			continue
		}
		if of := m.actions[s.actionName[act]]; of != 0 {
			out = append(out, doing{time: s.actionTime[act], steps: of, act: true})
		}
		act++
	}
	return out
}
