package acceptance

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
)

// The reports as the administrator gets them, in JSON.

// number is a number of a report.
type number struct {
	Value    *float64 `json:"value"` // nil: not known
	Currency string   `json:"currency"`
}

// is complains unless the number is known and is want.
func (n number) is(what string, want float64) error {
	if n.Value == nil {
		return fmt.Errorf("%s: not known, want %v", what, want)
	}
	if *n.Value != want {
		return fmt.Errorf("%s: %v, want %v", what, *n.Value, want)
	}
	return nil
}

type overview struct {
	Visits             number   `json:"visits"`
	Users              number   `json:"users"`
	Views              number   `json:"views"`
	BounceRate         number   `json:"bounce_rate"`
	MedianEngagement   number   `json:"median_engagement"`
	EngagementCoverage number   `json:"engagement_coverage"`
	Purchases          number   `json:"purchases"`
	Revenue            []number `json:"revenue"`
	Sources            []top    `json:"sources"`
	Pages              []top    `json:"pages"`
	Screens            []top    `json:"screens"`
	TopActions         []top    `json:"top_actions"`
}

type top struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// tops returns counts by name.
func tops(list []top) map[string]int64 {
	counts := map[string]int64{}
	for _, t := range list {
		counts[t.Name] = t.Count
	}
	return counts
}

type ledger struct {
	Received int64                    `json:"received"`
	Stored   map[analytics.Type]int64 `json:"stored"`
	Dropped  map[string]int64         `json:"dropped"` // by reason
	Lost     int64                    `json:"lost"`
	Skipped  map[string]int64         `json:"skipped"` // by reason
	Balanced bool                     `json:"balanced"`
}

// balance returns what was received and is not accounted for.
func (l ledger) balance() int64 {
	rest := l.Received
	for _, n := range l.Stored {
		rest -= n
	}
	for _, n := range l.Dropped {
		rest -= n
	}
	return rest
}

// tryAsAdmin makes a GET as the administrator, who logs in if need be.
func (s *shop) tryAsAdmin(path string, statuses ...int) (answer, error) {
	s.adminOnce.Lock()
	defer s.adminOnce.Unlock()
	a, err := s.admin.try("GET", path, "", append(statuses, http.StatusUnauthorized, http.StatusForbidden)...)
	if err == nil && (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden) { // not yet logged in, or no longer
		if _, err = s.admin.tryLogin("admin"); err == nil {
			a, err = s.admin.try("GET", path, "", statuses...)
		}
	}
	return a, err
}

// tryReport asks for GET /api/report/ and what follows.
func tryReport[T any](s *shop, question string) (T, answer, error) {
	return decode[T](s.tryAsAdmin("/api/report/"+question, http.StatusOK))
}

// reported waits until a report is as check wants it: what happened is in the
// reports a moment later.
func reported[T any](t *testing.T, s *shop, promise, question string, check func(T) error) {
	t.Helper()
	eventually(t, promise, func() error {
		v, _, err := tryReport[T](s, question)
		if err == nil {
			err = check(v)
		}
		return err
	})
}

// shared returns flags with one that lets all instances of a shop make their reports
// from the same file.
func shared(t *testing.T, flags ...string) []string {
	t.Helper()
	return append([]string{"-analytics", filepath.Join(t.TempDir(), "analytics.db")}, flags...)
}
