package middleware

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

//go:embed beacon.js
var beaconScript []byte

var beaconTag = func() string {
	sum := sha256.Sum256(beaconScript)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}()

const (
	maxBeacon  = 512 // bytes
	spanLen    = 12  // characters of the ID of a visit, see sessionstore.NewSpanID
	maxEngaged = 30 * time.Minute
)

// Beacon returns the handler with which pages tell for how long they were looked
// at: visible and in focus. It is mounted inside [Manager.Handler], and pages of
// HTML load it with the ID of their view:
//
//	mux.Handle("/beacon.js", m.Beacon())
//
//	<script src="/beacon.js" data-view="{{.View}}" defer></script>
//
// where View is [Manager.View]. To GET it answers with the script, which caches may
// keep for a day. The script needs no other, and sends what it has measured to its
// own address (connect-src 'self' in a Content-Security-Policy) when the page is
// hidden or left: JSON of up to 512 bytes, {"view":"…","milliseconds":N}, N being
// the sum so far, of which 30 min count. It becomes a page.engaged event, off the
// request path. The answer is 204, or 400 if it makes no sense; from a client
// without session nothing is recorded. A beacon is no activity: it starts neither
// a session nor a visit, keeps none alive and renews no cookie.
func (m *Manager) Beacon() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st, err := m.stateOf(r.Context())
		if err != nil {
			m.Fail(w, r, err)
			return
		}
		st.mu.Lock()
		st.aside = true
		st.mu.Unlock()
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			h := w.Header()
			h.Set("Content-Type", "text/javascript; charset=utf-8")
			h.Set("Cache-Control", "public, max-age=86400")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("ETag", beaconTag)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(beaconScript))
		case http.MethodPost:
			if err := st.engaged(r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		}
	})
}

var errBeacon = errors.New("not a beacon")

// engaged takes in a beacon.
func (st *state) engaged(body io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, maxBeacon+1))
	if err != nil || len(text) > maxBeacon {
		return fmt.Errorf("%w: more than %d bytes, or cut off", errBeacon, maxBeacon)
	}
	var beacon struct {
		View         string `json:"view"`
		Milliseconds *int64 `json:"milliseconds"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&beacon) != nil || !errors.Is(d.Decode(&struct{}{}), io.EOF) {
		return fmt.Errorf("%w: other JSON", errBeacon)
	}
	visit, ok := visitOfView(beacon.View)
	if !ok || beacon.Milliseconds == nil || *beacon.Milliseconds < 0 {
		return fmt.Errorf("%w: no view, or no time", errBeacon)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.rec == nil {
		return nil
	}
	e := st.event(st.rec, analytics.PageEngaged, map[string]string{
		"view":         beacon.View,
		"milliseconds": strconv.FormatInt(min(*beacon.Milliseconds, maxEngaged.Milliseconds()), 10),
	})
	e.Visit = visit
	st.manager.touches.tell(e)
	return nil
}

// visitOfView returns the visit that the ID of a page view names.
func visitOfView(id string) (visit string, ok bool) {
	visit, random, _ := strings.Cut(id, ".")
	return visit, len(visit) == spanLen && len(random) == viewRandomLen && isBase64(visit) && isBase64(random)
}

func isBase64(s string) bool {
	_, err := strictBase64.DecodeString(s)
	return err == nil && !strings.ContainsAny(s, "\r\n")
}
