package middleware

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Purchase is an order that somebody paid, or is to pay.
type Purchase struct {
	// Order is the application's name for it, 1 to 128 bytes. However often one is
	// told of, it counts once.
	Order string

	Value    int64  // in the currency's smallest unit, such as cents; 0 to [analytics.MaxPurchase]
	Currency string // its code of ISO 4217: three capital letters
}

// Purchase records a purchase, as an action.taken event. That of a client without
// session is in the feed, and in no report. It is stored when the
// response begins, with the request's other changes or by itself: if that fails
// the response is an error, as for any other change. It returns
// [sessionstore.ErrInvalid] for a purchase that makes no sense.
func (m *Manager) Purchase(ctx context.Context, p Purchase) error {
	if err := p.check(); err != nil {
		return err
	}
	return m.note(ctx, analytics.PurchaseAction, map[string]string{
		"order": p.Order, "value": strconv.FormatInt(p.Value, 10), "currency": p.Currency,
	}, true)
}

func (p Purchase) check() error {
	const maxOrder = 128
	var faults []error
	if p.Order == "" || len(p.Order) > maxOrder {
		faults = append(faults, fmt.Errorf("%w: the order of a purchase is 1 to %d bytes", sessionstore.ErrInvalid, maxOrder))
	}
	if p.Value < 0 || p.Value > analytics.MaxPurchase {
		faults = append(faults, fmt.Errorf("%w: the value of a purchase is 0 to %d", sessionstore.ErrInvalid, int64(analytics.MaxPurchase)))
	}
	if c := p.Currency; len(c) != 3 || min(c[0], c[1], c[2]) < 'A' || max(c[0], c[1], c[2]) > 'Z' {
		faults = append(faults, fmt.Errorf("%w: a currency is three capital letters", sessionstore.ErrInvalid))
	}
	return errors.Join(faults...)
}
