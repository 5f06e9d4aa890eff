package acceptance

import (
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// TestCluster runs what matters most on a Redis Cluster of three primaries, with
// two instances.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := redistest.Cluster(t)
	var urls []string
	for _, addr := range c.Addrs() {
		urls = append(urls, "redis://"+addr)
	}
	for _, part := range []struct {
		name  string
		flags []string
		run   func(t *testing.T, s *shop)
	}{
		{"I2_ConcurrentWritesAreKept", nil, keepsWhatIsWritten},
		{"I2_CheckoutClaimsTheCartOnce", nil, checkoutClaimsOnce},
		{"I1_WhatIsInFlightLosesAgainstTheEnd", nil, endIsFinal},
		{"I5_PreLoginCookieIsDead", nil, preLoginIsDead},
		{"I5_LostResponseDoesNotLogOut", rotating, lostResponse},
		{"I3_IdleLimits", shortLimits, idleOut},
		{"ConcurrentLoginLimitIsExact", []string{"-max-logins", "3"}, limitIsExact},
		{"Devices", nil, devicesAreListed},
		{"I1_StreamsEndWithTheSession", nil, streamsEnd},
	} {
		t.Run(part.name, func(t *testing.T) {
			c.Flush()
			part.run(t, open(t, 2, append([]string{"-redis", strings.Join(urls, ",")}, part.flags...)...))
		})
	}
}
