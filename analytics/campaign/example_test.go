package campaign_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/campaign"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

// exampleNow is the time on the clocks of the examples.
func exampleNow() time.Time { return time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC) }

// exampleWarehouse holds a cart that was filled 50 minutes ago, and somebody who
// has commented.
func exampleWarehouse() *reporttest.Model {
	w := reporttest.NewModel()
	at := exampleNow().Add(-50 * time.Minute)
	if err := w.Record(context.Background(), []analytics.Event{
		{ID: "1", Type: analytics.VisitStarted, Time: at, Session: "Zk3", Visit: "v1"},
		{ID: "2", Type: analytics.ActionTaken, Time: at, Session: "Zk3", Visit: "v1", User: "ada", Attributes: map[string]string{"action": "comment"}},
		{ID: "3", Type: analytics.CartChanged, Time: at, Session: "Zk3", Visit: "v1", User: "ada", Attributes: map[string]string{"sku": "pear", "quantity": "3"}},
	}); err != nil {
		fmt.Println(err)
	}
	return w
}

// A function is called while the session of an abandoned cart lives.
func Example_callback() {
	runner, err := campaign.New(campaign.Options{
		Warehouse: exampleWarehouse(),
		Path:      "", // in memory; a service has a file
		Campaigns: []campaign.Campaign{campaign.CartAbandoned{
			Name:   "coupon",
			After:  time.Hour,
			Before: 15 * time.Minute,
			Standing: func(_ context.Context, session string) (campaign.Standing, error) {
				// An application asks middleware.Manager.Find.
				return campaign.Standing{Active: exampleNow().Add(-48 * time.Minute), Expires: exampleNow().Add(12 * time.Minute)}, nil
			},
		}},
		Hooks: []campaign.Subscription{{
			Name: "coupons",
			Hook: campaign.HookFunc(func(_ context.Context, o campaign.Occasion) error {
				fmt.Println(o.User, "left", o.Cart.Lines["pear"], "pears; the session ends in", o.Cart.Expires.Sub(exampleNow()))
				return nil
			}),
		}},
		Now: exampleNow,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer runner.Close()

	// A service has it done every few seconds: go runner.Run(ctx).
	for range 3 {
		if err := runner.RunOnce(context.Background()); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// ada left 3 pears; the session ends in 12m0s
}

// Another service is told by a webhook, and verifies that it is from here. Somebody
// who read the request sends it again.
func Example_webhook() {
	secret, err := campaign.ParseSecret("whsec_c2Vzc2lvbnMgdGhhdCByZW1lbWJlciB3aG8geW91IGFyZQ==")
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := map[string]bool{} // a service keeps it in its database
	receive := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		if err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err := campaign.Verify([]campaign.Secret{secret}, r.Header, body, exampleNow(), 0); err != nil {
			fmt.Println(err)
			http.Error(w, "not for us", http.StatusUnauthorized)
			return
		}
		var o campaign.Occasion
		if err := json.Unmarshal(body, &o); err != nil {
			http.Error(w, "not an occasion", http.StatusBadRequest)
			return
		}
		if seen[o.ID] {
			fmt.Println("told before") // and so it is success
			return
		}
		seen[o.ID] = true
		fmt.Println(o.User, "has earned", o.Campaign)
	}
	var sent *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = httptest.NewRequest(r.Method, r.URL.Path, bytes.NewReader(body))
		sent.Header = r.Header
		r.Body = io.NopCloser(bytes.NewReader(body))
		receive(w, r)
	}))
	defer server.Close()

	hook, err := campaign.NewWebhook(campaign.WebhookOptions{
		URL: server.URL, Secrets: []campaign.Secret{secret}, Now: exampleNow,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	runner, err := campaign.New(campaign.Options{
		Warehouse: exampleWarehouse(),
		Campaigns: []campaign.Campaign{campaign.Badge{Name: "first comment", Action: "comment"}},
		Hooks:     []campaign.Subscription{{Name: "crm", Hook: hook}},
		Now:       exampleNow,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer runner.Close()
	if err := runner.RunOnce(context.Background()); err != nil {
		fmt.Println(err)
	}
	receive(httptest.NewRecorder(), sent)
	forged := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader([]byte(`{"user":"eve","campaign":"first comment"}`)))
	forged.Header = sent.Header
	receive(httptest.NewRecorder(), forged)
	// Output:
	// ada has earned first comment
	// told before
	// campaign: webhook not verified: no signature matches
}
