package drive

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/sojourn-go/sojourn/examples/traffic/plan"
)

const password = "sojourn" // everybody's, in this shop

// do takes one step of the plan.
func (v *visitor) do(ctx context.Context, s plan.Step) error {
	if v.plan.Kind == plan.App {
		return v.use(ctx, s)
	}
	err := v.click(ctx, s)
	if !s.Beacon {
		v.beacon = nil
	}
	return err
}

// click takes a step in a browser.
func (v *visitor) click(ctx context.Context, s plan.Step) error {
	switch s.Do {
	case plan.Open, plan.Miss:
		from := plan.Direct
		if v.next == 0 {
			from = v.plan.Visits[v.visit].Source
		}
		return v.navigate(ctx, s.Path, from, false)
	case plan.Reload:
		return v.navigate(ctx, cmp.Or(v.page, "/"), plan.Direct, false)
	case plan.Prefetch:
		return v.navigate(ctx, s.Path, plan.Direct, true)
	case plan.Add:
		return v.form(ctx, "/cart", url.Values{"sku": {s.SKU}, "qty": {strconv.FormatInt(s.Quantity, 10)}},
			func() { v.journal.Added(s.SKU, s.Quantity) })
	case plan.Remove:
		return v.form(ctx, "/cart/"+s.SKU, url.Values{"qty": {"0"}}, func() { v.journal.Removed(s.SKU) })
	case plan.Checkout:
		return v.form(ctx, "/checkout", nil, v.journal.Ordered)
	case plan.Login:
		return v.form(ctx, "/login", url.Values{"user": {v.plan.User}, "password": {password}, "next": {"/account"}},
			func() { v.journal.LoggedIn(v.plan.User) })
	case plan.WrongPassword:
		return v.mistype(ctx)
	case plan.Logout:
		return v.form(ctx, "/logout", nil, v.journal.LoggedOut)
	case plan.Subscribe:
		return v.form(ctx, "/subscribe", nil, func() { v.journal.Acted("newsletter") })
	case plan.Collect:
		return v.collect(ctx)
	case plan.Leave, plan.Show: // closePage has been there; browsers show no screens
	}
	return nil
}

// form submits a form, enters what it does, and shows the page that comes after.
func (v *visitor) form(ctx context.Context, path string, fields url.Values, did func()) error {
	r, a, err := v.submit(ctx, path, fields)
	if err != nil {
		return err
	}
	if a.status != http.StatusSeeOther {
		return unexpected(r, a)
	}
	v.note(a.at, exact)
	did()
	return v.arrive(ctx, r, a)
}

// mistype tries to log in with a wrong password.
func (v *visitor) mistype(ctx context.Context) error {
	r, a, err := v.submit(ctx, "/login", url.Values{"user": {v.plan.User}, "password": {"s0journ"}})
	if err != nil {
		return err
	}
	if a.status != http.StatusUnauthorized {
		return unexpected(r, a)
	}
	v.note(a.at, passing)
	v.journal.LoginFailed()
	return nil
}

// collect makes a session in the way that bots come by one: by asking for something
// that has to be kept.
func (v *visitor) collect(ctx context.Context) error {
	r, err := v.request(ctx, http.MethodPost, "/api/points", "")
	if err != nil {
		return err
	}
	a, err := v.send(r)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return unexpected(r, a)
	}
	v.note(a.at, passing)
	return nil
}
