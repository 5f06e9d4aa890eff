package main

import (
	"context"
	"fmt"
	"io"
)

// check is something that must not go wrong when requests overlap. Its outcome
// is measured on each library.
type check struct {
	name string
	must string // what Sojourn's outcome has to be
	run  func(ctx context.Context, srv *server, l library) (string, error)
}

// overlapping is how many requests are made at once.
const overlapping = 200

var checks = []check{
	{fmt.Sprintf("%d concurrent adds to one cart, kept", overlapping), fmt.Sprint(overlapping), onShop(addConcurrently)},
	{fmt.Sprintf("%d concurrent writes to %d keys, kept", overlapping, overlapping), fmt.Sprint(overlapping), onShop(writeConcurrently)},
	{"logged out while another request is in flight", staysOut, onShop(logoutInFlight)},
	{"pre-login token after login with a request in flight", tokenDead, onShop(loginInFlight)},
	{fmt.Sprintf("ends of %d sessions reported", endingSessions), fmt.Sprintf("%d, once each", endingSessions), countEnds},
	{`"log out all my devices"`, "one call", revokeDevices},
}

// checked is what a check found.
type checked struct {
	Name     string            `json:"name"`
	Must     string            `json:"must"`
	Outcomes map[string]string `json:"outcomes"` // by library
	Kept     bool              `json:"kept"`     // by Sojourn
}

func runChecks(ctx context.Context, srv *server, progress io.Writer) ([]checked, error) {
	var all []checked
	for _, c := range checks {
		found := checked{Name: c.name, Must: c.must, Outcomes: map[string]string{}}
		for _, l := range libraries {
			outcome, err := c.run(ctx, srv, l)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				say(progress, "checking: %s, %s: %v", c.name, l.name, err)
				outcome = "failed"
			}
			found.Outcomes[l.name] = outcome
			say(progress, "checking: %s, %s: %s", c.name, l.name, outcome)
		}
		found.Kept = found.Outcomes[libraries[subject].name] == c.must
		all = append(all, found)
	}
	return all, nil
}

// onShop makes a check of one that needs no more than a shop.
func onShop(run func(context.Context, *opened) (string, error)) func(context.Context, *server, library) (string, error) {
	return func(ctx context.Context, srv *server, l library) (outcome string, err error) {
		e := entrant{name: l.name, open: l.open}
		err = e.serving(ctx, srv, func(o *opened) error {
			outcome, err = run(ctx, o)
			return err
		})
		return outcome, err
	}
}
