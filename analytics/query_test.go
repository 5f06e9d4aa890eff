package analytics_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

func TestQueryMatches(t *testing.T) {
	e := analytics.Event{ID: "1", Type: analytics.LoginStarted, Time: noon, Session: "s1", User: "ada"}
	tests := map[string]struct {
		query analytics.Query
		want  bool
	}{
		"zero":             {analytics.Query{}, true},
		"session":          {analytics.Query{Session: "s1"}, true},
		"other session":    {analytics.Query{Session: "s2"}, false},
		"user":             {analytics.Query{User: "ada"}, true},
		"other user":       {analytics.Query{User: "Ada"}, false},
		"type":             {analytics.Query{Type: analytics.LoginStarted}, true},
		"other type":       {analytics.Query{Type: analytics.LoginEnded}, false},
		"since that time":  {analytics.Query{Since: noon}, true},
		"since later":      {analytics.Query{Since: noon.Add(time.Millisecond)}, false},
		"other zone":       {analytics.Query{Since: noon.In(time.FixedZone("", 3600))}, true},
		"all together":     {analytics.Query{Session: "s1", User: "ada", Type: analytics.LoginStarted, Since: noon}, true},
		"all but one":      {analytics.Query{Session: "s1", User: "bob", Type: analytics.LoginStarted}, false},
		"limit is no test": {analytics.Query{Limit: -1}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.query.Matches(e); got != tt.want {
				t.Errorf("Matches = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSortOldestFirstTiesByArrival(t *testing.T) {
	events := []analytics.Event{
		{ID: "late", Time: noon.Add(time.Second)},
		{ID: "tie1", Time: noon},
		{ID: "tie2", Time: noon.In(time.FixedZone("", -3600))},
		{ID: "early", Time: noon.Add(-time.Second)},
		{ID: "tie3", Time: noon},
	}
	analytics.Sort(events)
	if got, want := ids(events), []string{"early", "tie1", "tie2", "tie3", "late"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}
