package columns_test

import (
	"math"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

// noon is when the visits of these tests start.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC).UnixMilli()

// small returns a set of visits to the pages / (1), /cart (2) and a screen home
// (3), with the actions newsletter (1) and purchase (2).
func small(newest int64, visits ...columns.Visit) *columns.Set {
	set := &columns.Set{
		Newest:     newest,
		Users:      []string{"", "ann"},
		Pages:      []columns.Page{{}, {Name: "/"}, {Name: "/cart"}, {Name: "home", Screen: true}},
		Origins:    []columns.Origin{{}, {Source: "Google"}, {Origin: analytics.Origin{Bot: "declared"}}},
		Actions:    []string{"", "newsletter", "purchase"},
		Currencies: []string{"", "EUR"},
		Ends:       []analytics.Reason{"", analytics.ReasonIdle},
		First:      []int64{0, math.MaxInt64, math.MaxInt64, math.MaxInt64},
	}
	for i := range visits {
		v := &visits[i]
		v.ID, v.Last = int64(i+1), max(v.Last, v.Start)
		for _, w := range v.Views {
			v.Last = max(v.Last, w.Time)
		}
		for _, a := range v.Actions {
			v.Last = max(v.Last, a.Time)
		}
		set.First[v.Visitor] = min(set.First[v.Visitor], v.Start)
	}
	set.Segments = segments(visits)
	return set
}

func view(at int64, page uint32) columns.View {
	return columns.View{Time: noon + at, Page: page, Engaged: -1, Key: at}
}

func act(at int64, action uint32) columns.Action {
	return columns.Action{Time: noon + at, Name: action, Key: at}
}
