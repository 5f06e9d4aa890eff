package middleware

import (
	"context"
	"net/http"

	"github.com/sojourn-go/sojourn/analytics"
)

// ForgeToken makes a token with the ID of one and the secret of another.
func ForgeToken(id, secret string) string {
	i, _, _ := cookieToken.parse(id)
	_, s, _ := cookieToken.parse(secret)
	return cookieToken.format(i, s)
}

// FlushTouches hands the activity that m has collected to the store.
func FlushTouches(ctx context.Context, m *Manager) error { return m.touches.flush(ctx) }

// OriginOf tells where a visit comes from that begins with r.
func OriginOf(r *http.Request, tokens bool) analytics.Origin { return originOf(r, tokens) }
