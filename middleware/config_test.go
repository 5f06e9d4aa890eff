package middleware_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
)

func TestNewReportsEveryFault(t *testing.T) {
	_, err := middleware.New(middleware.Config{
		Cookie:                      middleware.Cookie{Name: "no good"},
		LoginIdle:                   -1,
		VisitMax:                    time.Nanosecond,
		MaxLogins:                   -1,
		LoginPolicy:                 99,
		TrustedProxies:              []netip.Prefix{{}},
		CrossOrigin:                 http.NewCrossOriginProtection(),
		DangerouslyAllowCrossOrigin: true,
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{"Store", "ookie", "LoginIdle", "VisitMax", "MaxLogins", "LoginPolicy", "TrustedProxies", "CrossOrigin"} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("no word of %s in:\n%v", fault, err)
		}
	}
}
