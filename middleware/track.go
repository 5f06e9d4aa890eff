package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Track records an action that the visitor took, such as "newsletter", with
// attributes of the application's choice, as an action.taken event. It goes to the
// store with the request's other changes when the response begins; where there are
// none it is handed over within a second, off the request path. Until then a
// process that is killed loses it, and so does a store that fails: what must not be
// lost is a [Manager.Purchase], or belongs into the application's own database.
//
// It returns [sessionstore.ErrInvalid] for more than 31 attributes, a name of more
// than 64 bytes or a value of more than 1024, and for the names under which reports
// count what the manager itself tells of: [analytics.PurchaseAction] and the types of
// events that are actions.
func (m *Manager) Track(ctx context.Context, action string, attributes map[string]string) error {
	switch action {
	case analytics.PurchaseAction, string(analytics.CartChanged), string(analytics.CheckoutCompleted), string(analytics.LoginStarted):
		return fmt.Errorf("%w: the action %q is told of by other means", sessionstore.ErrInvalid, action)
	}
	return m.note(ctx, action, attributes, false)
}

// note takes note of an action, which is not to be lost if it is owed.
func (m *Manager) note(ctx context.Context, action string, attributes map[string]string, owed bool) error {
	st, err := m.stateOf(ctx)
	if err != nil {
		return err
	}
	attrs := maps.Clone(attributes)
	if attrs == nil {
		attrs = map[string]string{}
	}
	attrs["action"] = action
	n := sessionstore.Note{Type: analytics.ActionTaken, Attributes: attrs}
	if err := n.Check(); err != nil {
		return fmt.Errorf("middleware: action %q: %w", action, err)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.notes = append(st.notes, n)
	st.owed = st.owed || owed
	return nil
}

// tellNotes hands the collector what happened in the request and went along with
// no change.
func (st *state) tellNotes() {
	for _, e := range st.noteEvents() {
		st.manager.touches.tell(e)
	}
}

// storeNotes stores what happened in the request and must not be lost. If the
// session has ended meanwhile, it happened before.
func (st *state) storeNotes(ctx context.Context) error {
	if st.rec != nil {
		_, err := st.apply(ctx, sessionstore.Change{})
		switch {
		case err == nil:
			return nil
		case errors.Is(err, sessionstore.ErrEnded):
			st.rec, st.issue = nil, false
		case !errors.Is(err, sessionstore.ErrSuperseded):
			return err
		}
	}
	return storeError(st.manager.store.Append(context.WithoutCancel(ctx), st.noteEvents()...))
}

// noteEvents returns the notes as events, and forgets them.
func (st *state) noteEvents() []analytics.Event {
	if len(st.notes) == 0 {
		return nil
	}
	events := make([]analytics.Event, len(st.notes))
	for i, n := range st.notes {
		events[i] = st.event(cmp.Or(st.rec, st.was), n.Type, n.Attributes)
		events[i].Time = st.manager.now()
	}
	st.notes, st.owed = nil, false
	return events
}
