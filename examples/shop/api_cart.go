package main

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

const maxQuantity = 10_000 // to add at a time

type line struct {
	SKU string `json:"sku"`
	Qty int64  `json:"qty"`
}

// linesOf returns the lines of a cart in the order of their SKU, and the total
// quantity.
func linesOf(cart map[string]int64) (lines []line, count int64) {
	lines = make([]line, 0, len(cart))
	for _, sku := range slices.Sorted(maps.Keys(cart)) {
		lines = append(lines, line{sku, cart[sku]})
		count += cart[sku]
	}
	return lines, count
}

func (s *shop) apiCart(w http.ResponseWriter, r *http.Request) error {
	lines, count := linesOf(s.sessions.Cart().Lines(r.Context()))
	return writeJSON(w, http.StatusOK, struct {
		Lines []line `json:"lines"`
		Count int64  `json:"count"`
	}{lines, count})
}

func (s *shop) apiAddToCart(w http.ResponseWriter, r *http.Request) error {
	var l line
	if err := readJSON(w, r, &l); err != nil {
		return err
	}
	if err := s.addLine(r.Context(), l); err != nil {
		return err
	}
	return s.apiCart(w, r)
}

func (s *shop) apiRemoveFromCart(w http.ResponseWriter, r *http.Request) error {
	t, err := knownTea(r.PathValue("sku"))
	if err != nil {
		return err
	}
	if err := s.sessions.Cart().Remove(r.Context(), t.SKU); err != nil {
		return err
	}
	return s.apiCart(w, r)
}

func (s *shop) apiCheckout(w http.ResponseWriter, r *http.Request) error {
	order, cart, err := s.placeOrder(r.Context())
	if err != nil {
		return err
	}
	lines, _ := linesOf(cart)
	return writeJSON(w, http.StatusOK, struct {
		Order string `json:"order"`
		Lines []line `json:"lines"`
	}{order, lines})
}

// addLine adds to the cart.
func (s *shop) addLine(ctx context.Context, l line) error {
	if _, err := knownTea(l.SKU); err != nil {
		return err
	}
	if l.Qty < 1 || l.Qty > maxQuantity {
		return errQuantity
	}
	return tooMany(s.sessions.Cart().Add(ctx, l.SKU, l.Qty))
}

// placeOrder claims the cart under a new order number.
func (s *shop) placeOrder(ctx context.Context) (order string, cart map[string]int64, err error) {
	id := rand.Text() // letters and digits that are hard to mistake for each other
	order = "TEA-" + id[:4] + "-" + id[4:8] + "-" + id[8:12]
	cart, err = s.sessions.Cart().Checkout(ctx, order)
	if errors.Is(err, sessionstore.ErrEmptyCart) {
		return "", nil, errEmptyCart
	}
	if err != nil {
		return "", nil, err
	}
	err = s.sessions.Purchase(ctx, middleware.Purchase{Order: order, Value: basketOf(cart).Total, Currency: currency})
	return order, cart, err
}

var (
	errQuantity  = httpError{http.StatusUnprocessableEntity, "Quantities go from 1 to 10,000."}
	errTooMany   = httpError{http.StatusUnprocessableEntity, "That is more of one tea than a cart can hold."}
	errEmptyCart = httpError{http.StatusConflict, "The cart is empty."}
)

func tooMany(err error) error {
	if errors.Is(err, sessionstore.ErrTooLarge) {
		return errTooMany
	}
	return err
}

func knownTea(sku string) (tea, error) {
	t, ok := findTea(sku)
	if !ok {
		return t, httpError{http.StatusUnprocessableEntity, "We have no such tea."}
	}
	return t, nil
}
