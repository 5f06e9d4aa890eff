package campaign_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
)

func TestNewReportsAllFaultsTogether(t *testing.T) {
	_, err := campaign.New(campaign.Options{
		Path: "/nonexistent/never opened", Every: time.Millisecond, MaxAge: -time.Hour, Keep: -2 * time.Hour,
		Campaigns: []campaign.Campaign{
			campaign.CartAbandoned{Before: time.Hour, SessionIdle: time.Hour},
			campaign.CartAbandoned{After: -1, Before: -1, SessionIdle: -1},
			campaign.Lapsed{MinVisits: -1},
			campaign.HighlyEngaged{Percentile: 100, Metric: "visits"},
			campaign.Streak{Days: 1},
			campaign.Badge{Count: -1},
			nil,
		},
		Hooks: []campaign.Subscription{
			{},
			{Name: "a", Hook: &told{}, Concurrency: 65, Campaigns: []string{"none"}},
			{Name: "a", Hook: &told{}, Concurrency: -1},
		},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Warehouse is nil", "Every is 1ms", "MaxAge is -1h0m0s", "Keep is -2h0m0s",
		`campaign "cart.abandoned": After is 0s`, "Standing is nil", "Before is 1h0m0s, must be less than SessionIdle",
		`two campaigns are named "cart.abandoned"`, "After is -1ns", "Before is -1ns", "SessionIdle is -1ns",
		`campaign "visitor.lapsed": After is 0s`, "MinVisits is -1",
		"Percentile is 100", "Over is 0s", `Metric is "visits"`, "Days is 1",
		"a badge has no Name", "Action is empty", "Count is -1", "Campaigns[6] is nil",
		"Hooks[0] has no name", `hook "" is nil`, "Concurrency is 65", `there is no campaign "none"`,
		`two hooks are named "a"`, "Concurrency is -1",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q", want)
		}
	}
	if errors.Is(err, campaign.ErrForeign) {
		t.Error("the file was looked at")
	}
	if _, err := campaign.New(campaign.Options{}); err == nil || !strings.Contains(err.Error(), "Campaigns is empty") {
		t.Errorf("error %v, want that there are no campaigns", err)
	}
}
