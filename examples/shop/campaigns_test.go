package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
	"github.com/sojourn-go/sojourn/middleware"
)

func TestRewardsAreWorded(t *testing.T) {
	const id = "0123456789abcdef"
	for name, tt := range map[string]struct {
		occasion campaign.Occasion
		text     string
		code     string
	}{
		"a cart that was left": {
			campaign.Occasion{Kind: campaign.KindCartAbandoned, Cart: &campaign.CartDetails{Value: map[string]int64{currency: 1960}}},
			"€19.60", "STEEP-01234567",
		},
		"a cart without a price": {
			campaign.Occasion{Kind: campaign.KindCartAbandoned, Cart: &campaign.CartDetails{}}, "€0.00", "STEEP-01234567",
		},
		"who stayed away": {campaign.Occasion{Kind: campaign.KindLapsed, Lapse: &campaign.LapseDetails{}}, "new harvest", "BACK-01234567"},
		"who looks closely": {
			campaign.Occasion{Kind: campaign.KindHighlyEngaged, Engagement: &campaign.EngagementDetails{}}, "look as closely", "",
		},
		"who came day by day": {
			campaign.Occasion{Kind: campaign.KindStreak, Streak: &campaign.StreakDetails{Days: 4}}, "4 days in a row", "",
		},
		"who bought often": {
			campaign.Occasion{Kind: campaign.KindBadge, Badge: &campaign.BadgeDetails{Count: 3}}, "3 orders", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tt.occasion.ID, tt.occasion.Time = id, time.Now()
			r := rewardOf(tt.occasion)
			if r.Title == "" || !strings.Contains(r.Text, tt.text) || r.Code != tt.code || !r.Earned.Equal(tt.occasion.Time) {
				t.Errorf("%+v, want %q and code %q", r, tt.text, tt.code)
			}
		})
	}
}

func TestRewardsPageWithoutRewards(t *testing.T) {
	url, _ := open(t, middleware.Config{})
	b := visit(t, url)
	if page := b.want(200, "GET", "/rewards", ""); !strings.Contains(page, "Nothing yet.") || strings.Contains(page, "stamp card") {
		t.Errorf("a visitor is shown %s", page)
	}
	if b.cookie() != "" {
		t.Error("to look for rewards begins a session")
	}
	ada := as(t, url, "ada")
	ada.want(303, "POST", "/account/stamps", "")
	if page := ada.want(200, "GET", "/rewards", ""); !strings.Contains(page, "has 1 stamp;") {
		t.Errorf("no stamp in %s", page)
	}
}
