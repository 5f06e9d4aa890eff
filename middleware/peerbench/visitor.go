package main

import (
	"context"
	"fmt"
	"net/http"
)

// visitor makes the requests of one session, one at a time.
type visitor struct {
	browser   *browser
	templates [requestKinds][]*http.Request
	turns     [requestKinds]int
}

// next returns a request of a kind for a handler to have for itself.
func (v *visitor) next(ctx context.Context, kind int) *http.Request {
	all := v.templates[kind]
	turn := v.turns[kind]
	v.turns[kind]++
	return all[turn%len(all)].WithContext(ctx)
}

// theme is what the visitor's last write was.
func (v *visitor) theme() string {
	turn := v.turns[write]
	if turn == 0 {
		return themes[0]
	}
	return themes[(turn-1)%len(themes)]
}

// newVisitor makes a session such as a shop has: a user who is logged in, a
// preference, and three lines in the cart. Without o it makes no session.
func newVisitor(ctx context.Context, o *opened, n int) (*visitor, error) {
	v := &visitor{}
	if o != nil {
		v.browser = newBrowser(o.handler)
		for _, path := range []string{"/cart/sencha", "/cart/assam", "/cart/keemun", fmt.Sprintf("/login/user-%d", n)} {
			if _, err := v.browser.ask(ctx, http.MethodPost, path); err != nil {
				return nil, err
			}
		}
		if _, err := v.browser.ask(ctx, http.MethodPut, "/theme/"+themes[0]); err != nil {
			return nil, err
		}
	}
	for kind, k := range requests {
		if k.session && o == nil {
			continue
		}
		for _, path := range k.paths {
			r, err := newRequest(ctx, k.method, path, http.NoBody)
			if err != nil {
				return nil, err
			}
			if k.session {
				r.AddCookie(&http.Cookie{Name: o.cookie, Value: v.browser.cookies[o.cookie]}) //nolint:gosec // it goes to the server
			}
			v.templates[kind] = append(v.templates[kind], r)
		}
	}
	return v, nil
}
