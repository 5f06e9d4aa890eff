package middleware

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore"
)

func TestDeviceOf(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.RemoteAddr = "10.0.0.1:99"
	r.Header.Set("User-Agent", "curl/8.5.0")
	r.Header.Set("X-Forwarded-For", "::ffff:192.0.2.1")
	if got, want := deviceOf(r, testProxies), (sessionstore.Device{Agent: "curl 8", Address: "192.0.2.1"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	r.RemoteAddr = "@"
	r.Header.Del("User-Agent")
	if got := deviceOf(r, nil); got != (sessionstore.Device{}) {
		t.Errorf("got %+v of an unknown client", got)
	}
}
