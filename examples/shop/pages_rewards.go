package main

import (
	"net/http"

	"github.com/sojourn-go/sojourn/analytics/campaign"
)

// shownRewards is how many rewards the page shows.
const shownRewards = 50

// rewardsPage shows the occasions that concern the visitor, or the user on any of
// their devices.
func (s *shop) rewardsPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var rewards []reward
	if session, ok := s.sessions.Current(ctx); ok {
		occasions, err := s.campaigns.Occasions(ctx, campaign.Query{Session: session.ID.String(), User: session.User, Limit: shownRewards})
		if err != nil {
			return err
		}
		for _, o := range occasions {
			rewards = append(rewards, rewardOf(o))
		}
	}
	stamps, _ := points.Get(ctx)
	return s.page(w, r, "rewards", "Your rewards", struct {
		Rewards []reward
		Stamps  int
	}{rewards, stamps})
}
