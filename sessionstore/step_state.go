package sessionstore

import (
	"fmt"
	"maps"
	"math"
	"strconv"

	"github.com/sojourn-go/sojourn/analytics"
)

// refuseValues returns the error with which the value changes cannot be made.
func (s *Step) refuseValues(c *Change) error {
	values, size := s.Record.Values, s.Record.size
	if c.Clear || s.switchesUser(c) {
		values, size = nil, 0
	}
	grows := false
	for i := range c.Values {
		v := &c.Values[i]
		old, exists := values[v.Key]
		switch v.Op {
		case AddValue:
			if exists {
				if n, err := strconv.ParseInt(old, 10, 64); err != nil || overflows(n, v.Delta) {
					return fmt.Errorf("%w: nothing can be added to key %q", ErrInvalid, v.Key)
				}
				continue // a few digits more at most
			}
			size += len(v.Key) + len(strconv.FormatInt(v.Delta, 10))
			grows = true
			continue
		case SwapValue:
			if exists != v.HasBase || old != v.Base {
				return &ConflictError{Key: v.Key, Current: old, Exists: exists}
			}
		case SetValue, DeleteValue:
		}
		if exists {
			size -= len(v.Key) + len(old)
		}
		if v.Op != DeleteValue {
			size += len(v.Key) + len(v.Value)
			grows = true
		}
	}
	if grows && size > s.limits.TotalBytes {
		return fmt.Errorf("%w: the values of the session would take %d bytes, the limit is %d", ErrTooLarge, size, s.limits.TotalBytes)
	}
	return nil
}

func overflows(n, delta int64) bool {
	return delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta
}

func (s *Step) values(changes []ValueChange) {
	if len(changes) == 0 {
		return
	}
	rec := s.Record
	values := make(map[string]string, len(rec.Values)+len(changes))
	maps.Copy(values, rec.Values)
	for i := range changes {
		v := &changes[i]
		old, exists := values[v.Key]
		next, keep := v.Value, v.Op != DeleteValue
		if v.Op == AddValue {
			n, _ := strconv.ParseInt(old, 10, 64) // refuseValues has parsed it; a missing value counts as 0
			n += v.Delta
			next = strconv.FormatInt(n, 10)
			if s.Result.Added == nil {
				s.Result.Added = map[string]int64{}
			}
			s.Result.Added[v.Key] = n
		}
		unseen := v.Op != AddValue && !s.cleared && (exists != v.HasBase || old != v.Base)
		if unseen && (exists != keep || old != next && keep) {
			s.Result.Conflicts = append(s.Result.Conflicts, v.Key)
			s.emit(analytics.Event{Type: analytics.StateConflicted, Attributes: map[string]string{"key": v.Key}})
		}
		if exists {
			rec.size -= len(v.Key) + len(old)
		}
		if keep {
			rec.size += len(v.Key) + len(next)
			values[v.Key] = next
		} else {
			delete(values, v.Key)
		}
	}
	rec.Values = values
}

// cartAfter returns the cart as the changes leave it, and the quantity of each
// line that they touch, in their order.
func cartAfter(cart map[string]int64, changes []CartChange) (after map[string]int64, touched []CartChange) {
	after = maps.Clone(cart)
	if after == nil {
		after = map[string]int64{}
	}
	for _, c := range changes {
		switch c.Op {
		case ClearCart:
			clear(after)
		case SetLine:
			after[c.SKU] = c.Quantity
		case AddLine:
			after[c.SKU] += c.Quantity
		}
		if c.Op != ClearCart && after[c.SKU] <= 0 {
			delete(after, c.SKU)
		}
		touched = append(touched, CartChange{Op: c.Op, SKU: c.SKU, Quantity: after[c.SKU]})
	}
	return after, touched
}

// refuseCart returns the error with which the cart changes cannot be made.
func (s *Step) refuseCart(c *Change) error {
	if len(c.Cart) == 0 && c.Checkout == nil {
		return nil
	}
	cart := s.Record.Cart
	if c.Clear || s.switchesUser(c) {
		cart = nil
	}
	after, touched := cartAfter(cart, c.Cart)
	for _, line := range touched {
		if line.Quantity > s.limits.Quantity {
			return fmt.Errorf("%w: quantity %d, the limit is %d", ErrTooLarge, line.Quantity, s.limits.Quantity)
		}
	}
	if len(after) > s.limits.CartLines && len(after) > len(cart) {
		return fmt.Errorf("%w: the cart would have %d lines, the limit is %d", ErrTooLarge, len(after), s.limits.CartLines)
	}
	if c.Checkout != nil && len(after) == 0 {
		return ErrEmptyCart
	}
	return nil
}

func (s *Step) cart(changes []CartChange, checkout *Checkout) {
	if len(changes) > 0 {
		after, touched := cartAfter(s.Record.Cart, changes)
		s.Result.Quantities = make(map[string]int64, len(touched))
		for _, line := range touched {
			attrs := map[string]string{"quantity": strconv.FormatInt(line.Quantity, 10)}
			if line.Op != ClearCart {
				attrs["sku"] = line.SKU
				s.Result.Quantities[line.SKU] = after[line.SKU]
			}
			s.emit(analytics.Event{Type: analytics.CartChanged, Attributes: attrs})
		}
		s.Record.Cart = after
	}
	if checkout == nil {
		return
	}
	var items int64
	for _, n := range s.Record.Cart {
		items += n
	}
	s.emit(analytics.Event{Type: analytics.CheckoutCompleted, Attributes: map[string]string{
		"order": checkout.Order,
		"lines": strconv.Itoa(len(s.Record.Cart)),
		"items": strconv.FormatInt(items, 10),
	}})
	s.Result.Lines = s.Record.Cart
	s.Record.Cart = nil
}
