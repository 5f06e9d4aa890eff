package middleware

import (
	"context"
	"maps"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Track records an action that the visitor took, such as "newsletter", with
// attributes of the application's choice, as an action.taken event. It goes to
// the store with the request's other changes, when the response begins.
func (m *Manager) Track(ctx context.Context, action string, attributes map[string]string) error {
	st, err := m.stateOf(ctx)
	if err != nil {
		return err
	}
	attrs := maps.Clone(attributes)
	if attrs == nil {
		attrs = map[string]string{}
	}
	attrs["action"] = action
	st.mu.Lock()
	defer st.mu.Unlock()
	st.notes = append(st.notes, sessionstore.Note{Type: analytics.ActionTaken, Attributes: attrs})
	return nil
}
