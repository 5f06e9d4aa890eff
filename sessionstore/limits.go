package sessionstore

// Limits caps what one session may hold. A change that would exceed one is
// refused with [ErrTooLarge] and changes nothing. A zero field means its
// default.
type Limits struct {
	ValueBytes int   // of one value; default 64 KiB
	TotalBytes int   // of all keys and values together; default 256 KiB
	CartLines  int   // default 500
	Quantity   int64 // of one cart line; default 1,000,000
}

// WithDefaults returns the limits with the defaults filled in, for those who
// write a store.
func (l Limits) WithDefaults() Limits {
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

// maxLogins is of one user; it bounds the user index.
const maxLogins = 1000
