package analytics_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
)

func TestReasonValid(t *testing.T) {
	for _, r := range []analytics.Reason{
		analytics.ReasonLogout, analytics.ReasonIdle, analytics.ReasonLifetime, analytics.ReasonRevoked,
		analytics.ReasonEvicted, analytics.ReasonReused, analytics.ReasonErased,
	} {
		if !r.Valid() {
			t.Errorf("%q is not valid", r)
		}
	}
	for _, r := range []analytics.Reason{"", "Logout", "bored"} {
		if r.Valid() {
			t.Errorf("%q is valid", r)
		}
	}
}
