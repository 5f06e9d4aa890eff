package middleware_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

func TestI2_CartsKeepEveryAdd(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /add", func(_ responseWriter, r *request) error { return k.Cart().Add(r.Context(), "sencha", 1) })
	k.handle("GET /cart", func(w responseWriter, r *request) error {
		return json.NewEncoder(w).Encode(k.Cart().Lines(r.Context()))
	})
	k.handle("POST /checkout", func(_ responseWriter, r *request) error {
		_, err := k.Cart().Checkout(r.Context(), "order")
		return err
	})
	b := k.browser()
	b.mustPost("/add")
	together(199, func(int) { b.twin().mustPost("/add") })
	if got := b.get("/cart"); got != "{\"sencha\":200}\n" {
		t.Errorf("cart: %s", got)
	}
	var orders atomic.Int64
	together(20, func(int) {
		switch res := b.twin().post("/checkout"); res.StatusCode {
		case http.StatusOK:
			orders.Add(1)
		case http.StatusConflict:
		default:
			t.Errorf("checkout: %s", res.Status)
		}
	})
	if n := orders.Load(); n != 1 || len(k.events(analytics.CheckoutCompleted)) != 1 {
		t.Errorf("%d orders", n)
	}
	if got := b.get("/cart"); got != "null\n" {
		t.Errorf("cart afterwards: %s", got)
	}
}

func TestCartOperations(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /cart", func(w responseWriter, r *request) error {
		cart, ctx := k.Cart(), r.Context()
		for _, err := range []error{
			cart.Add(ctx, "a", 3), cart.Add(ctx, "b", 1), cart.Set(ctx, "a", 2), cart.Add(ctx, "b", -1), cart.Set(ctx, "c", 5), cart.Remove(ctx, "c"),
		} {
			if err != nil {
				return err
			}
		}
		lines := cart.Lines(ctx)
		if err := cart.Clear(ctx); err != nil {
			return err
		}
		lines["after clear"] = int64(len(cart.Lines(ctx)))
		return json.NewEncoder(w).Encode(lines)
	})
	if got := k.browser().mustPost("/cart").body; got != "{\"a\":2,\"after clear\":0}\n" {
		t.Errorf("lines: %s", got)
	}
	if err := k.Cart().Add(t.Context(), "a", 1); !errors.Is(err, middleware.ErrNoMiddleware) {
		t.Errorf("outside of a request: %v", err)
	}
}
