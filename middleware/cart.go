package middleware

import (
	"context"
	"maps"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// Cart is the cart of a request's session. A change is stored when its method
// returns: the store does the arithmetic, so that changes from other tabs and
// devices are never lost. Quantities and the number of lines are capped, see
// [sessionstore.Limits]. The methods take the context of a request; with any
// other they return [ErrNoMiddleware], and Lines nothing.
type Cart struct{ manager *Manager }

// Cart returns the carts. A visitor without session has an empty one; its first
// line makes a session.
func (m *Manager) Cart() Cart { return Cart{m} }

// Lines returns the quantity of each SKU in the cart, which is at least 1.
func (c Cart) Lines(ctx context.Context) map[string]int64 {
	st, err := c.manager.stateOf(ctx)
	if err != nil {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.consulted = true
	if st.rec == nil {
		return nil
	}
	return maps.Clone(st.rec.Cart)
}

// Add adds n of sku, or takes n away where it is negative. A line whose
// quantity falls to 0 or below disappears.
func (c Cart) Add(ctx context.Context, sku string, n int64) error {
	return c.change(ctx, sessionstore.CartChange{Op: sessionstore.AddLine, SKU: sku, Quantity: n})
}

// Set sets the quantity of sku; 0 removes the line.
func (c Cart) Set(ctx context.Context, sku string, n int64) error {
	return c.change(ctx, sessionstore.CartChange{Op: sessionstore.SetLine, SKU: sku, Quantity: n})
}

// Remove removes the line of sku, if there is one.
func (c Cart) Remove(ctx context.Context, sku string) error { return c.Set(ctx, sku, 0) }

// Clear removes all lines.
func (c Cart) Clear(ctx context.Context) error {
	return c.change(ctx, sessionstore.CartChange{Op: sessionstore.ClearCart})
}

func (c Cart) change(ctx context.Context, change sessionstore.CartChange) error {
	st, err := c.manager.stateOf(ctx)
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.rec == nil && (change.Op == sessionstore.ClearCart || change.Quantity <= 0) {
		return st.writable() // an empty cart stays empty, and needs no session
	}
	res, err := st.apply(ctx, sessionstore.Change{Cart: []sessionstore.CartChange{change}})
	if err != nil {
		return err
	}
	rec := *st.rec
	lines := maps.Clone(rec.Cart)
	if lines == nil || change.Op == sessionstore.ClearCart {
		lines = map[string]int64{}
	}
	for sku, n := range res.Quantities {
		if n > 0 {
			lines[sku] = n
		} else {
			delete(lines, sku)
		}
	}
	rec.Cart = lines
	st.rec = &rec
	return nil
}

// Checkout claims the cart for an order: it returns the lines and leaves the
// cart empty, in one step. Of many at once one gets the lines; the others, and
// any on an empty cart, get [sessionstore.ErrEmptyCart].
func (c Cart) Checkout(ctx context.Context, order string) (map[string]int64, error) {
	st, err := c.manager.stateOf(ctx)
	if err != nil {
		return nil, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.rec == nil {
		if err := st.writable(); err != nil {
			return nil, err
		}
		return nil, sessionstore.ErrEmptyCart
	}
	res, err := st.apply(ctx, sessionstore.Change{Checkout: &sessionstore.Checkout{Order: order}})
	if err != nil {
		return nil, err
	}
	rec := *st.rec
	rec.Cart = nil
	st.rec = &rec
	return res.Lines, nil
}
