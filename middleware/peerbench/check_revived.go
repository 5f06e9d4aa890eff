package main

import (
	"context"
	"fmt"
	"net/http"
)

// What becomes of a logout.
const (
	staysOut = "stays out"
	inAgain  = "logged in again"
)

// logoutInFlight logs out while another request of the same browser is being
// sent. It then asks who is logged in, with the cookies that the browser ends up
// with and with those from before.
func logoutInFlight(ctx context.Context, o *opened) (string, error) {
	b := newBrowser(o.handler)
	if _, err := b.ask(ctx, http.MethodPost, "/login/ada"); err != nil {
		return "", err
	}
	before := b.copied()
	late, err := b.begin(ctx)
	if err != nil {
		return "", err
	}
	if _, err := b.ask(ctx, http.MethodPost, "/logout"); err != nil {
		return "", err
	}
	status, err := late.finish()
	if err != nil {
		return "", err
	}
	for _, who := range []*browser{b, before} {
		switch user, err := who.ask(ctx, http.MethodGet, "/user"); {
		case err != nil:
			return "", err
		case user != "":
			return inAgain, nil
		}
	}
	return orFailure(staysOut, status), nil
}

// What becomes of the token that a visitor had before the login: whoever knew it
// must not be logged in by it.
const (
	tokenDead  = "dead"
	tokenAlive = "alive again"
	tokenSame  = "same token"
)

// loginInFlight logs a visitor in while another request of the same browser is
// being sent, and then tries the token from before the login.
func loginInFlight(ctx context.Context, o *opened) (string, error) {
	b := newBrowser(o.handler)
	if _, err := b.ask(ctx, http.MethodPost, "/cart/sencha"); err != nil {
		return "", err
	}
	before := b.copied()
	late, err := b.begin(ctx)
	if err != nil {
		return "", err
	}
	if _, err := b.ask(ctx, http.MethodPost, "/login/ada"); err != nil {
		return "", err
	}
	user, err := before.copied().ask(ctx, http.MethodGet, "/user")
	if err != nil {
		return "", err
	}
	status, err := late.finish()
	if err != nil {
		return "", err
	}
	items, err := before.copied().number(ctx, "/cart/sencha")
	switch {
	case err != nil:
		return "", err
	case user != "":
		return tokenSame, nil
	case items > 0:
		return tokenAlive, nil
	}
	return orFailure(tokenDead, status), nil
}

// orFailure keeps an outcome from being good if the visitor was shown a failure
// for it.
func orFailure(outcome string, status int) string {
	if status >= http.StatusInternalServerError {
		return fmt.Sprintf("%s, but status %d", outcome, status)
	}
	return outcome
}
