package main

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
)

func (s *shop) homePage(w http.ResponseWriter, r *http.Request) error {
	units, _ := scale.Get(r.Context())
	return s.page(w, r, "home", "Tea, plainly sold", struct {
		Teas  []tea
		Scale string
	}{catalogue, units})
}

func (s *shop) teaPage(w http.ResponseWriter, r *http.Request) error {
	t, ok := findTea(r.PathValue("sku"))
	if !ok {
		return httpError{http.StatusNotFound, "We have no such tea."}
	}
	units, _ := scale.Get(r.Context())
	return s.page(w, r, "tea", t.Name, struct {
		Tea   tea
		Scale string
	}{t, units})
}

// basket is a cart with what it costs.
type basket struct {
	Lines []basketLine
	Total int64
}

type basketLine struct {
	Tea   tea
	Qty   int64
	Cents int64
}

func basketOf(cart map[string]int64) basket {
	var b basket
	for _, t := range catalogue {
		if n := cart[t.SKU]; n > 0 {
			b.Lines = append(b.Lines, basketLine{t, n, n * t.Cents})
			b.Total += n * t.Cents
		}
	}
	return b
}

func (s *shop) cartPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	cart := basketOf(s.sessions.Cart().Lines(ctx))
	button := ""
	if len(cart.Lines) > 0 {
		var err error
		if button, err = orderWords(ctx); err != nil {
			return err
		}
	}
	return s.page(w, r, "cart", "Your cart", struct {
		basket
		Button string
	}{cart, button})
}

func (s *shop) addToCart(w http.ResponseWriter, r *http.Request) error {
	sku, err := field(w, r, "sku")
	if err != nil {
		return err
	}
	qty, err := strconv.ParseInt(r.PostForm.Get("qty"), 10, 64)
	if err != nil {
		return errQuantity
	}
	if err := s.addLine(r.Context(), line{sku, qty}); err != nil {
		return err
	}
	t, _ := findTea(sku)
	return s.done(w, r, "/#"+sku, fmt.Sprintf("%d × %s added to your cart.", qty, t.Name))
}

// changeCart sets the quantity of a line; 0 removes it.
func (s *shop) changeCart(w http.ResponseWriter, r *http.Request) error {
	t, err := knownTea(r.PathValue("sku"))
	if err != nil {
		return err
	}
	text, err := field(w, r, "qty")
	if err != nil {
		return err
	}
	qty, err := strconv.ParseInt(text, 10, 64)
	if err != nil || qty < 0 || qty > maxQuantity {
		return errQuantity
	}
	if err := s.sessions.Cart().Set(r.Context(), t.SKU, qty); err != nil {
		return tooMany(err)
	}
	notice := fmt.Sprintf("%d × %s is in your cart.", qty, t.Name)
	if qty == 0 {
		notice = t.Name + " is out of your cart."
	}
	return s.done(w, r, "/cart", notice)
}

// receipt is what the confirmation page shows of an order. A key of a struct
// type is kept as JSON.
type receipt struct {
	Order  string
	Placed time.Time
	Cart   map[string]int64
}

var lastOrder = middleware.NewKey[receipt]("last-order")

// checkout orders what is in the cart. Of a button pressed twice the second
// press finds the cart empty: the order to show is that of the first.
func (s *shop) checkout(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	order, cart, err := s.placeOrder(ctx)
	switch {
	case errors.Is(err, errEmptyCart):
		return s.done(w, r, "/order", "")
	case err != nil:
		return err
	}
	if err := lastOrder.Set(ctx, receipt{order, time.Now(), cart}); err != nil {
		return err
	}
	return s.done(w, r, "/order", "")
}

func (s *shop) orderPage(w http.ResponseWriter, r *http.Request) error {
	last, ok := lastOrder.Get(r.Context())
	title := "Thank you"
	if !ok {
		title = "No order yet"
	}
	return s.page(w, r, "order", title, struct {
		receipt
		basket
	}{last, basketOf(last.Cart)})
}
