package middleware

import (
	"net/http"
	"net/netip"

	"github.com/sojourn-go/sojourn/analytics/agent"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// deviceOf describes the client for people to recognise it by. Both halves are
// claims, fit for a list of devices and for nothing that has to be true.
func deviceOf(r *http.Request, trusted []netip.Prefix) sessionstore.Device {
	d := sessionstore.Device{Agent: agent.Parse(r.Header.Get("User-Agent")).Label}
	if addr := clientAddress(r, trusted); addr.IsValid() {
		d.Address = addr.String()
	}
	return d
}
