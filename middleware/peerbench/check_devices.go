package main

import (
	"context"
	"fmt"
	"net/http"
)

const (
	devices   = 3
	onlookers = 100 // other users who are logged in meanwhile
)

// revokeDevices logs a user out on all devices, and says how, if that can be
// done, and with how many commands to Redis.
func revokeDevices(ctx context.Context, srv *server, l library) (outcome string, err error) {
	e := entrant{name: l.name, open: l.open}
	err = e.serving(ctx, srv, func(o *opened) error {
		if o.revokeUser == nil {
			outcome = "no"
			return nil
		}
		var mine, others []*browser
		for i := range devices + onlookers {
			user, list := "me", &mine
			if i >= devices {
				user, list = fmt.Sprintf("onlooker-%d", i), &others
			}
			b := newBrowser(o.handler)
			if _, err := b.ask(ctx, http.MethodPost, "/login/"+user); err != nil {
				return err
			}
			*list = append(*list, b)
		}
		if err := o.revokeUser(ctx, "me"); err != nil {
			return err
		}
		in, err := loggedIn(ctx, mine)
		if err != nil {
			return err
		}
		spared, err := loggedIn(ctx, others)
		if err != nil {
			return err
		}
		switch {
		case in > 0:
			outcome = fmt.Sprintf("%d of %d still in", in, devices)
		case spared < onlookers:
			outcome = fmt.Sprintf("%d others out too", onlookers-spared)
		default:
			outcome = o.revokesBy
		}
		return nil
	})
	return outcome, err
}

// loggedIn returns how many of the browsers are logged in.
func loggedIn(ctx context.Context, browsers []*browser) (n int, err error) {
	for _, b := range browsers {
		user, err := b.ask(ctx, http.MethodGet, "/user")
		if err != nil {
			return 0, err
		}
		if user != "" {
			n++
		}
	}
	return n, nil
}
