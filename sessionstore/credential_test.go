package sessionstore

import (
	"fmt"
	"testing"
	"time"
)

func hashOf(n int) Hash { return HashSecret(fmt.Appendf(nil, "secret %d", n)) }

func TestCredential_Check_I5_grace(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const grace = 30 * time.Second
	var c Credential
	c.Current = hashOf(0)
	c.rotate(&Rotation{From: hashOf(0), To: hashOf(1)}, start)
	for _, test := range []struct {
		used  time.Time
		after time.Duration
		want  Verdict
	}{
		{time.Time{}, 365 * 24 * time.Hour, Previous},
		{start, 0, Previous},
		{start, grace - time.Millisecond, Previous},
		{start, grace, Reused},
		{start, time.Hour, Reused},
	} {
		c.Used = test.used
		now := start.Add(test.after)
		if got := c.Check(hashOf(0), now, grace); got != test.want {
			t.Errorf("first used %v, %v later: Check of the previous secret = %d, want %d", test.used, test.after, got, test.want)
		}
		if due := c.RotationDue(now, 0, grace); due != (test.want == Reused) {
			t.Errorf("first used %v, %v later: RotationDue = %v, want it when the grace is over", test.used, test.after, due)
		}
	}
}

func TestCredential_RotationDue_interval(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := Credential{Current: hashOf(0), Since: start}
	for after, want := range map[time.Duration]bool{time.Hour - 1: false, time.Hour: true, 2 * time.Hour: true} {
		if got := c.RotationDue(start.Add(after), time.Hour, time.Minute); got != want {
			t.Errorf("RotationDue %v after the last = %v, want %v: the interval is an hour", after, got, want)
		}
	}
}

// A secret that was superseded stays so while it is remembered, and eight
// spent ones are beside the previous.
func TestCredential_Check_I5_memory(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := Credential{Current: hashOf(0)}
	c.renew(&Renewal{To: hashOf(1)}, now)
	for n := 1; n < 20; n++ {
		c.rotate(&Rotation{From: hashOf(n), To: hashOf(n + 1)}, now)
		c.Used = now
		for old := range n + 2 {
			want := Unknown
			switch {
			case old == n+1:
				want = Current
			case old == 0 && n <= 8:
				want = Superseded
			case old > 0 && old >= n-spentMax:
				want = Reused
			}
			if got := c.Check(hashOf(old), now.Add(time.Hour), 0); got != want {
				t.Errorf("after %d rotations: Check of secret %d = %d, want %d", n, old, got, want)
			}
		}
	}
}

func TestCredential_Check_zeroHash(t *testing.T) {
	t.Parallel()
	c := Credential{Current: hashOf(0)}
	if got := c.Check(Hash{}, time.Time{}, time.Hour); got != Unknown {
		t.Errorf("Check of no secret = %d, want Unknown though there is no previous one", got)
	}
}
