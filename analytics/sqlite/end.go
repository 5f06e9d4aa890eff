package sqlite

import (
	"slices"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

// ends are the reasons for the end of a visit by the code that stands for them in
// segments. They may be added to, never moved.
var ends = []analytics.Reason{
	columns.UnderWay: "",
	1:                "", // one was not told
	2:                analytics.ReasonLogout,
	3:                analytics.ReasonIdle,
	4:                analytics.ReasonLifetime,
	5:                analytics.ReasonRevoked,
	6:                analytics.ReasonEvicted,
	7:                analytics.ReasonReused,
	8:                analytics.ReasonErased,
}

// endable reports whether a visit can end for a reason.
func endable(reason analytics.Reason) bool { return slices.Contains(ends, reason) }

// endOf returns the code of a reason, for which a visit has ended.
func endOf(reason string) columns.End {
	i := slices.Index(ends[1:], analytics.Reason(reason))
	return columns.End(i + 1) //nolint:gosec // ends is short (G115)
}
