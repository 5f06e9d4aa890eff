package sessionstore

import "fmt"

// Limits caps what one session may hold. A change that would exceed one is
// refused with [ErrTooLarge] and changes nothing. A zero field means its
// default.
type Limits struct {
	ValueBytes int   // of one value; default 64 KiB
	TotalBytes int   // of all keys and values together; default 256 KiB
	CartLines  int   // default 500
	Quantity   int64 // of one cart line; default 1,000,000
}

func (l Limits) withDefaults() Limits {
	set := func(n *int, def int) {
		if *n == 0 {
			*n = def
		}
	}
	set(&l.ValueBytes, 64<<10)
	set(&l.TotalBytes, 256<<10)
	set(&l.CartLines, 500)
	if l.Quantity == 0 {
		l.Quantity = 1_000_000
	}
	return l
}

const (
	maxKeyLen  = 256
	maxSKULen  = 128
	maxUserLen = 256
	maxLogins  = 1000 // per user; bounds the user index
)

// check refuses a change that is wrong or too large by itself, before a store
// is asked. The limits on totals are checked where the totals are known.
func (c *Change) check(l Limits) error {
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
	}
	if c.Create != nil && c.Create.Idle <= 0 {
		return invalid("a session needs an idle limit")
	}
	if c.Create != nil && c.End != nil {
		return invalid("a session cannot be created and ended in one step")
	}
	for _, e := range []*End{c.End, c.EndLogin} {
		if e != nil && !e.Reason.Valid() {
			return invalid("unknown reason %q", e.Reason)
		}
	}
	if n := c.Login; n != nil {
		switch {
		case n.ID == "":
			return invalid("a login needs an ID")
		case n.User == "" || len(n.User) > maxUserLen:
			return invalid("a user is 1 to %d bytes", maxUserLen)
		case c.Create == nil && c.Renew == nil:
			return invalid("a login needs a new credential")
		}
	}
	if c.Reauth != nil && (c.EndLogin != nil || c.Login != nil) {
		return invalid("a login is proven again in no change that ends or begins one")
	}
	if c.Visit != nil && c.Visit.ID == "" {
		return invalid("a visit needs an ID")
	}
	var seen map[string]struct{}
	if len(c.Values) > 1 {
		seen = make(map[string]struct{}, len(c.Values))
	}
	for i := range c.Values {
		v := &c.Values[i]
		if _, twice := seen[v.Key]; twice {
			return invalid("key %q is changed twice", v.Key)
		}
		if seen != nil {
			seen[v.Key] = struct{}{}
		}
		if v.Key == "" || len(v.Key) > maxKeyLen {
			return invalid("a key is 1 to %d bytes", maxKeyLen)
		}
		if len(v.Value) > l.ValueBytes {
			return fmt.Errorf("%w: key %q has a value of %d bytes, the limit is %d", ErrTooLarge, v.Key, len(v.Value), l.ValueBytes)
		}
	}
	for i := range c.Cart {
		line := &c.Cart[i]
		if line.Op != ClearCart && (line.SKU == "" || len(line.SKU) > maxSKULen) {
			return invalid("a SKU is 1 to %d bytes", maxSKULen)
		}
		if line.Quantity > l.Quantity || line.Quantity < -l.Quantity {
			return fmt.Errorf("%w: quantity %d, the limit is %d", ErrTooLarge, line.Quantity, l.Quantity)
		}
	}
	return nil
}
