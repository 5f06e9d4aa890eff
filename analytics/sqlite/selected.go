package sqlite

import (
	"slices"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// conditional reports whether a filter sets a condition.
func conditional(f report.Filter) bool {
	return f.All != nil || f.Any != nil || f.Not != nil || f.Field != ""
}

// selected returns which of the visits that started in some hours a selection is
// about, whatever its period.
func (s *snapshot) selected(of report.Selection, hours map[int64]bool) (func(visit int64) bool, error) {
	var list []hourVersion
	for hour := range hours {
		if i, ok := slices.BinarySearchFunc(s.state.hours, hour, byHour); ok {
			list = append(list, s.state.hours[i])
		}
	}
	slices.SortFunc(list, func(a, b hourVersion) int { return byHour(a, b.hour) })
	set, err := s.set(list)
	if err != nil {
		return nil, err
	}
	return columns.Select(s.ctx, set, report.Selection{Where: of.Where, Location: of.Location, Bots: of.Bots})
}
