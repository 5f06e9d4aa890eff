package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// openCampaigns returns what looks for the occasions on which the shop does
// something for a visitor. The rewards page shows them; beyond that each is
// logged, where another shop would send a letter, and told to the webhook, if
// there is one.
func openCampaigns(o options, warehouse report.Warehouse, sessions *middleware.Manager, log *slog.Logger) (*campaign.Runner, error) {
	hooks := []campaign.Subscription{{Name: "log", Hook: logged(log)}}
	if o.webhook != "" {
		hook, err := openWebhook(o.webhook)
		if err != nil {
			return nil, err
		}
		hooks = append(hooks, campaign.Subscription{Name: "webhook", Hook: hook})
	}
	every := min(5*time.Second, max(o.abandon/10, 10*time.Millisecond))
	before := 3 * every // the look after next is still in time
	if idle := o.sessions.SessionIdle; idle > 0 {
		before = min(before, idle/2)
	}
	outbox := ""
	if o.warehouse != "" {
		outbox = o.warehouse + ".campaigns"
	}
	return campaign.New(campaign.Options{
		Warehouse: warehouse,
		Path:      outbox,
		Every:     every,
		Logger:    log,
		Hooks:     hooks,
		Campaigns: []campaign.Campaign{
			campaign.CartAbandoned{After: o.abandon, Before: before, Standing: standing(sessions)},
			campaign.Lapsed{After: 30 * 24 * time.Hour, MinVisits: 2},
			campaign.HighlyEngaged{Percentile: 95, Over: 30 * 24 * time.Hour},
			campaign.Streak{Days: 3},
			campaign.Badge{Name: "connoisseur", Action: "purchase", Count: 3},
		},
	})
}

// openWebhook takes the secret from the environment: a command line is shown to
// everybody on the machine.
func openWebhook(url string) (*campaign.Webhook, error) {
	const variable = "SHOP_WEBHOOK_SECRET"
	secret, err := campaign.ParseSecret(os.Getenv(variable))
	if err != nil {
		return nil, fmt.Errorf("-webhook: %s: %w", variable, err)
	}
	hook, err := campaign.NewWebhook(campaign.WebhookOptions{URL: url, Secrets: []campaign.Secret{secret}})
	if err != nil {
		return nil, fmt.Errorf("-webhook: %w", err)
	}
	return hook, nil
}

// standing asks the sessions themselves: what the warehouse knows lags behind.
func standing(sessions *middleware.Manager) func(context.Context, string) (campaign.Standing, error) {
	return func(ctx context.Context, session string) (campaign.Standing, error) {
		id, err := sessionstore.ParseID(session)
		if err != nil {
			return campaign.Standing{}, err
		}
		found, err := sessions.Find(ctx, id)
		if errors.Is(err, sessionstore.ErrEnded) {
			return campaign.Standing{Ended: true}, nil
		}
		return campaign.Standing{Active: found.Seen, Expires: found.Expires}, err
	}
}

// logged is a hook that is a function.
func logged(log *slog.Logger) campaign.HookFunc {
	return func(ctx context.Context, o campaign.Occasion) error {
		log.LogAttrs(ctx, slog.LevelInfo, "occasion", slog.String("campaign", o.Campaign), slog.String("session", o.Session), slog.String("user", o.User))
		return nil
	}
}

// reward is what an occasion is to the visitor.
type reward struct {
	Title, Text string
	Code        string // of a voucher, or empty
	Earned      time.Time
}

// rewardOf words an occasion.
func rewardOf(o campaign.Occasion) reward {
	r := reward{Earned: o.Time}
	voucher := func(kind string) string { return kind + "-" + o.ID[:8] }
	switch o.Kind {
	case campaign.KindCartAbandoned:
		r.Title, r.Code = "Your cart is still warm", voucher("STEEP")
		r.Text = fmt.Sprintf("You left %s behind. The next pot is on us.", price(o.Cart.Value[currency]))
	case campaign.KindLapsed:
		r.Title, r.Text, r.Code = "Good to see you again", "It has been a while. A sample of the new harvest is yours.", voucher("BACK")
	case campaign.KindHighlyEngaged:
		r.Title, r.Text = "A regular", "Few look as closely as you do."
	case campaign.KindStreak:
		r.Title, r.Text = "Tea time", fmt.Sprintf("You came by %d days in a row.", o.Streak.Days)
	case campaign.KindBadge:
		r.Title, r.Text = "Connoisseur", fmt.Sprintf("%d orders, and counting.", o.Badge.Count)
	}
	return r
}
