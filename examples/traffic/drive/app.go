package drive

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/sojourn-go/sojourn/examples/traffic/plan"
)

// use takes a step in an app, which talks to the JSON API.
func (v *visitor) use(ctx context.Context, s plan.Step) error {
	switch s.Do {
	case plan.Show:
		return v.show(ctx, s.Screen)
	case plan.Add:
		return v.call(ctx, http.MethodPost, "/api/cart", map[string]any{"sku": s.SKU, "qty": s.Quantity}, exact,
			func() { v.journal.Added(s.SKU, s.Quantity) })
	case plan.Remove:
		return v.call(ctx, http.MethodDelete, "/api/cart/"+s.SKU, nil, exact, func() { v.journal.Removed(s.SKU) })
	case plan.Checkout:
		return v.call(ctx, http.MethodPost, "/api/checkout", nil, exact, v.journal.Ordered)
	case plan.Login:
		return v.call(ctx, http.MethodPost, "/api/login", map[string]any{"user": v.plan.User, "password": password}, exact,
			func() { v.journal.LoggedIn(v.plan.User) })
	case plan.WrongPassword:
		return v.callFor(ctx, http.StatusUnauthorized, http.MethodPost, "/api/login",
			map[string]any{"user": v.plan.User, "password": "s0journ"}, passing, v.journal.LoginFailed)
	case plan.Logout:
		return v.call(ctx, http.MethodPost, "/api/logout", nil, passing, v.journal.LoggedOut)
	case plan.Subscribe:
		return v.call(ctx, http.MethodPost, "/api/subscribe", nil, exact, func() { v.journal.Acted("newsletter") })
	case plan.Open, plan.Reload, plan.Prefetch, plan.Miss, plan.Collect, plan.Leave: // apps have no pages
	}
	return nil
}

// show tells that a screen is shown.
func (v *visitor) show(ctx context.Context, screen string) error {
	return v.call(ctx, http.MethodPost, "/api/screens", map[string]any{"screen": screen}, exact,
		func() { v.journal.Shown(screen) })
}

// call makes a call that succeeds, and enters what it does.
func (v *visitor) call(ctx context.Context, method, path string, in map[string]any, what noted, did func()) error {
	return v.callFor(ctx, 0, method, path, in, what, did)
}

// callFor makes a call for an answer with the status; 0 is any that means success.
func (v *visitor) callFor(ctx context.Context, status int, method, path string, in map[string]any, what noted, did func()) error {
	body := []byte{}
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("a body for %s: %w", path, err)
		}
	}
	r, err := v.request(ctx, method, path, string(body))
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sojourn-Platform", "app")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	v.source = plan.Direct
	a, err := v.send(r)
	if err != nil {
		return err
	}
	if a.status != status && (status != 0 || a.status/100 != 2) {
		return unexpected(r, a)
	}
	v.note(a.at, what)
	did()
	return nil
}
