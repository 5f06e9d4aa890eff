package reporttest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// selected returns the visits that a selection is about, by start.
func (w *world) selected(s report.Selection) []*visit {
	var list []*visit
	for _, v := range w.visits {
		if within(v.start, s.From, s.To) && w.lets(s, v) {
			list = append(list, v)
		}
	}
	return list
}

// lets reports whether a selection lets a visit through, whenever it was.
func (w *world) lets(s report.Selection, v *visit) bool {
	return s.Bots == (v.origin.Bot != "") && w.holds(s.Where, v)
}

func within(t, from, to time.Time) bool {
	return !t.Before(from) && (to.IsZero() || t.Before(to))
}

func (w *world) holds(f report.Filter, v *visit) bool {
	switch {
	case f.All != nil:
		return !slices.ContainsFunc(f.All, func(part report.Filter) bool { return !w.holds(part, v) })
	case f.Any != nil:
		return slices.ContainsFunc(f.Any, func(part report.Filter) bool { return w.holds(part, v) })
	case f.Not != nil:
		return !w.holds(*f.Not, v)
	case f.Field == "":
		return true
	}
	switch f.Op {
	case report.AtLeast, report.LessThan:
		limit, _ := number1(f.Values)
		n, known := v.number(f.Field)
		return known && (f.Op == report.AtLeast) == (n >= limit)
	case report.IsNot:
		return !slices.ContainsFunc(w.values(f.Field, v), func(s string) bool { return slices.Contains(f.Values, s) })
	case report.Matches:
		return slices.ContainsFunc(w.values(f.Field, v), func(s string) bool {
			return slices.ContainsFunc(f.Values, func(pattern string) bool { return matches(pattern, s) })
		})
	case report.Is:
		return slices.ContainsFunc(w.values(f.Field, v), func(s string) bool { return slices.Contains(f.Values, s) })
	}
	return false
}

// number returns what a field that counts or measures comes to, if it is known.
func (v *visit) number(f report.Field) (n float64, known bool) {
	switch f {
	case report.FieldViews:
		return float64(len(v.views)), true
	case report.FieldActions:
		return float64(len(v.actions)), true
	case report.FieldDuration:
		return v.duration().Seconds(), v.over
	case report.FieldEngagement:
		d, known := v.engagement()
		return d.Seconds(), known
	default:
		return 0, false
	}
}

// values returns what a field of text holds: at least one value, which is empty
// where there is none.
func (w *world) values(f report.Field, v *visit) []string {
	var list []string
	switch f {
	case report.FieldUser:
		list = append(list, v.user)
	case report.FieldSession:
		list = append(list, v.session)
	case report.FieldPage, report.FieldRoute, report.FieldScreen:
		for _, p := range v.views {
			if name, ok := p.as(kindOf(f)); ok {
				list = append(list, name)
			}
		}
	case report.FieldAction:
		for _, a := range v.actions {
			list = append(list, a.name)
		}
	default:
		if experiment, ok := strings.CutPrefix(string(f), string(report.FieldArm)); ok {
			list = append(list, w.assigned(v.session, experiment))
		} else {
			list = append(list, v.dimension(report.Dimension(f), w.loc))
		}
	}
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

func kindOf(f report.Field) report.PageKind {
	switch f {
	case report.FieldRoute:
		return report.ByRoute
	case report.FieldScreen:
		return report.ByScreen
	default:
		return report.ByPath
	}
}

// as returns the name that a view goes by among those of a kind, if it is one.
func (w view) as(kind report.PageKind) (name string, ok bool) {
	switch kind {
	case report.ByScreen:
		return w.screen, w.screen != ""
	case report.ByRoute:
		return cmp.Or(w.route, w.path), w.screen == ""
	case report.ByPath:
	}
	return w.path, w.screen == ""
}

// assigned returns the arm of an experiment that a visitor was assigned to first.
func (w *world) assigned(session, experiment string) string {
	var first exposure
	for _, v := range w.visits {
		for _, x := range v.exposures {
			if x.session == session && x.experiment == experiment && (first.variant == "" || x.at.Before(first.at)) {
				first = x
			}
		}
	}
	return first.variant
}

// matches reports whether s fits a pattern in which * stands for any run of
// characters.
func matches(pattern, s string) bool {
	head, tail, starred := strings.Cut(pattern, "*")
	if !starred {
		return s == pattern
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	for i := len(head); i <= len(s); i++ {
		if matches(tail, s[i:]) {
			return true
		}
	}
	return false
}

// does reports whether something in a visit is what a step names.
func (w view) does(s report.Step) bool {
	for kind, pattern := range map[report.PageKind]string{report.ByPath: s.Page, report.ByRoute: s.Route, report.ByScreen: s.Screen} {
		if name, ok := w.as(kind); pattern != "" && ok && matches(pattern, name) {
			return true
		}
	}
	return false
}

func (a action) does(s report.Step) bool { return s.Action != "" && matches(s.Action, a.name) }
