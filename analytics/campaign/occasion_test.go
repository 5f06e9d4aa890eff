package campaign_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/campaign"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

// TestOccasionJSON holds the bodies that receivers of webhooks parse, and the IDs
// that they remember: neither may change.
func TestOccasionJSON(t *testing.T) {
	w := newTraffic(t)
	w.visit("phone", "ada", noon.AddDate(0, 0, -9), time.Minute)
	w.visit("laptop", "", noon.AddDate(0, 0, -1), 90*time.Second, "comment")
	w.visit("laptop", "", noon.Add(-time.Hour), time.Hour, "comment")
	w.cart("laptop", noon.Add(-time.Minute), "apple", 2)
	w.cart("laptop", noon.Add(-30*time.Second), "pear", 1)
	w.record(analytics.Event{Type: analytics.LoginStarted, Time: noon.Add(-time.Hour), Session: "laptop", Login: "l1", User: "bob"})
	var h told
	r, _ := newRunner(t, campaign.Options{
		Warehouse: w, Hooks: hook(&h),
		Campaigns: []campaign.Campaign{
			campaign.CartAbandoned{After: 50 * time.Minute, Standing: func(context.Context, string) (campaign.Standing, error) {
				return campaign.Standing{Active: noon, Expires: noon.Add(24 * time.Hour)}, nil
			}},
			campaign.Lapsed{After: 7 * day, Users: true},
			campaign.HighlyEngaged{Percentile: 50, Over: 30 * day},
			campaign.Streak{Days: 2},
			campaign.Badge{Name: "commentator", Action: "comment", Count: 2},
		},
	})
	once(t, r)
	occasions := h.all()
	slices.SortFunc(occasions, func(a, b campaign.Occasion) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	got, err := json.MarshalIndent(occasions, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "occasions.json")
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
