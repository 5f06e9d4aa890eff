package middleware

import (
	"context"
	"fmt"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// Screen records that a screen of an app was shown, as a page.viewed event, off the
// request path as a page view is: see [Manager.View]. It begins a visit if none is
// under way. A client without session is counted in page.skipped. A name is 1 to
// 256 bytes; else the error is [sessionstore.ErrInvalid]. Where the session could not
// be loaded it is [ErrUnavailable].
func (m *Manager) Screen(ctx context.Context, name string) error {
	const maxScreen = 256
	if name == "" || len(name) > maxScreen {
		return fmt.Errorf("%w: the name of a screen is 1 to %d bytes", sessionstore.ErrInvalid, maxScreen)
	}
	st, err := m.stateOf(ctx)
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.outage != nil {
		return st.outage
	}
	rec := st.rec
	visit := st.beginVisit(ctx)
	if visit == nil {
		m.touches.skip(st.whySkipped(rec))
		return nil
	}
	st.tellView(st.rec, newViewID(visit.ID), map[string]string{"screen": name})
	return nil
}
