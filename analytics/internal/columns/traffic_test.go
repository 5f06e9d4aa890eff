package columns_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

// In milliseconds.
const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// traffic is a set of n visits of a shop over 90 days, the same ones each time,
// with 2.5 visits a visitor, 3 views and an action a visit.
func traffic(n int) (set *columns.Set, visits []columns.Visit) {
	const days, pages, origins = 90, 500, 20_000
	r := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	visitors := max(1, n*2/5)
	set = &columns.Set{
		Newest:     begin + days*day,
		First:      make([]int64, visitors+1),
		Users:      []string{""},
		Pages:      []columns.Page{{}},
		Origins:    []columns.Origin{{}},
		Actions:    []string{"", "newsletter", "cart.changed", "checkout.completed", "login.started", analytics.PurchaseAction, "share", "search"},
		Currencies: []string{"", "EUR", "USD"},
		Arms:       []columns.Arm{{}, {"price", "high"}, {"price", "low"}},
		Ends:       []analytics.Reason{"", analytics.ReasonIdle, analytics.ReasonLifetime, analytics.ReasonLogout, analytics.ReasonRevoked},
	}
	for i := range visitors/4 + 1 {
		set.Users = append(set.Users, fmt.Sprintf("user-%06d", i))
	}
	for i := range pages {
		p := columns.Page{Name: fmt.Sprintf("/product/%d", i), Route: "/product/{id}"}
		switch {
		case i < 10:
			p.Name, p.Route = fmt.Sprintf("/page/%d", i), ""
		case i > 450:
			p = columns.Page{Name: fmt.Sprintf("screen-%d", i), Screen: true}
		}
		set.Pages = append(set.Pages, p)
	}
	for i := range origins {
		o := columns.Origin{Source: fmt.Sprintf("source-%02d", i%40), Channel: []string{"direct", "search", "referral", "email", "social"}[i%5]}
		o.Medium, o.Campaign = []string{"", "cpc", "email"}[i%3], fmt.Sprintf("campaign-%d", i%100)
		o.Device = []string{"desktop", "mobile", "tablet"}[i/40%3]
		o.Browser = []string{"Firefox", "Chrome", "Safari", "Edge"}[i/120%4]
		o.Language = []string{"de", "en", "fr"}[i/480%3]
		if i%50 == 49 {
			o.Bot = "declared"
		}
		set.Origins = append(set.Origins, o)
	}
	set.Visitors = func(codes []uint32) ([]string, error) {
		ids := make([]string, len(codes))
		for i, c := range codes {
			ids[i] = fmt.Sprintf("session-%07d", c)
		}
		return ids, nil
	}
	arms := make([]uint32, visitors+1)
	set.Assigned = func(string) ([]uint32, error) { return arms, nil }

	for v := range set.First {
		set.First[v] = math.MaxInt64
	}
	visits = make([]columns.Visit, n)
	starts := make([]int64, n)
	for i := range starts {
		starts[i] = begin + r.Int64N(days*day)
	}
	slices.Sort(starts)
	few := func(n int) uint32 { return uint32(math.Pow(r.Float64(), 2) * float64(n)) } // the first more often
	for i := range visits {
		v := &visits[i]
		*v = columns.Visit{ID: int64(i + 1), Start: starts[i], Visitor: 1 + r.Uint32N(uint32(visitors)), Origin: 1 + few(origins)}
		set.First[v.Visitor] = min(set.First[v.Visitor], v.Start)
		if r.IntN(4) == 0 {
			v.User = 1 + v.Visitor%uint32(len(set.Users)-1)
		}
		t := v.Start
		for range 1 + r.IntN(5) {
			engaged := int32(-1)
			if r.IntN(3) > 0 {
				engaged = r.Int32N(2 * minute)
			}
			v.Views = append(v.Views, columns.View{Key: r.Int64(), Time: t, Page: 1 + few(pages), Engaged: engaged})
			v.Last = t
			t += r.Int64N(5 * minute)
		}
		for range r.IntN(3) {
			a := columns.Action{Key: r.Int64(), Time: v.Start + r.Int64N(v.Last-v.Start+1), Name: 1 + r.Uint32N(7)}
			if set.Actions[a.Name] == analytics.PurchaseAction {
				a.Currency, a.Value = 1+r.Uint32N(2), r.Int64N(20_000)
			}
			v.Actions = append(v.Actions, a)
		}
		if arms[v.Visitor] == 0 && r.IntN(10) == 0 {
			arms[v.Visitor] = 1 + v.Visitor%2
			v.Exposures = []columns.Exposure{{Time: v.Start, Arm: arms[v.Visitor]}}
		}
		if v.Last < set.Newest-30*minute {
			v.End = columns.End(1 + r.IntN(4))
		}
	}
	set.Segments = segments(visits)
	return set, visits
}

// segments builds the segments of visits.
func segments(visits []columns.Visit) []*columns.Segment {
	hours := map[int64][]columns.Visit{}
	for _, v := range visits {
		h := time.UnixMilli(v.Start).Unix() / 3600
		hours[h] = append(hours[h], v)
	}
	var list []*columns.Segment
	for h, visits := range hours {
		list = append(list, columns.Build(h, visits))
	}
	slices.SortFunc(list, func(a, b *columns.Segment) int { return int(a.Hour() - b.Hour()) })
	return list
}
