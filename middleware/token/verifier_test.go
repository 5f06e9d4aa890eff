package token_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
)

func TestNewVerifierReportsAllFaults(t *testing.T) {
	_, err := token.NewVerifier(nil, token.VerifierOptions{Leeway: time.Hour, CacheSize: 1 << 30})
	for _, want := range []string{"no keys", "Issuer and Audience", "Leeway is more", "CacheSize is not 2"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	keys := newKeys(t, keyFor(t, token.HS256))
	for _, o := range []token.VerifierOptions{
		{Issuer: issuer},
		{Audience: audience},
		{Issuer: issuer, Audience: "a\nb"},
		{Issuer: strings.Repeat("i", 513), Audience: audience},
		{Issuer: issuer, Audience: audience, Leeway: 61 * time.Second},
		{Issuer: issuer, Audience: audience, CacheSize: 1},
	} {
		if _, err := token.NewVerifier(keys, o); err == nil {
			t.Errorf("accepted: %+v", o)
		}
	}
}

// TestTimesAreExact: the first and the last moment of a token, without the cache
// and with it. A token that was valid once is not any more when it has expired,
// nor when the clock went back to before it was issued.
func TestTimesAreExact(t *testing.T) {
	keys := newKeys(t, keyFor(t, token.HS256))
	a := access()
	raw := sign(t, keys, a)
	for _, c := range []struct{ option, leeway time.Duration }{
		{0, 30 * time.Second},
		{-1, 0},
		{time.Second, time.Second},
		{time.Minute, time.Minute},
	} {
		for _, size := range []int{-1, 0} {
			v := newVerifier(t, keys, token.VerifierOptions{Leeway: c.option, CacheSize: size})
			for _, at := range []struct {
				t  time.Time
				ok bool
			}{
				{a.IssuedAt.Add(-c.leeway - 1), false},
				{a.IssuedAt.Add(-c.leeway), true},
				{a.Expires.Add(c.leeway - 1), true},
				{a.Expires.Add(c.leeway), false},
				{a.IssuedAt.Add(-c.leeway - 1), false},
				{time.Time{}, false},
				{time.Unix(1<<40, 0), false},
				{a.IssuedAt, true},
			} {
				_, err := v.Verify(raw, at.t)
				if (err == nil) != at.ok || err != nil && !errors.Is(err, token.ErrInvalid) {
					t.Errorf("leeway %v, cache %d, at %v: %v", c.leeway, size, at.t, err)
				}
			}
		}
	}
}

// TestSizeIsExact: a token of 8 KiB is read, one byte more is not.
func TestSizeIsExact(t *testing.T) {
	keys := newKeys(t, keyFor(t, token.HS256))
	v := newVerifier(t, keys, token.VerifierOptions{})
	a := access()
	a.Subject, a.ID = strings.Repeat("<", 512), strings.Repeat("a", 400)
	var longest, length int
	for n := 1; ; n++ {
		a.ACR = strings.Repeat("&", n/6) + strings.Repeat("a", n%6)
		raw, err := keys.Sign(a)
		if err != nil || n > 512*6 {
			break
		}
		if _, err := v.Verify(raw, now); err != nil {
			t.Fatalf("a token of %d bytes is signed but refused: %v", len(raw), err)
		}
		longest, length = n, len(raw)
	}
	if longest == 0 || length > token.MaxToken || length < token.MaxToken-1 {
		t.Errorf("the longest token that is signed has %d bytes", length)
	}
	if _, err := v.Verify(strings.Repeat("a", token.MaxToken+1), now); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("one byte too many: %v", err)
	}
}

// TestIssuerAndAudienceAreExact: a verifier for another issuer or audience
// refuses what the first accepts.
func TestIssuerAndAudienceAreExact(t *testing.T) {
	keys := newKeys(t, keyFor(t, token.HS256))
	raw := sign(t, keys, access())
	for _, o := range []token.VerifierOptions{
		{Issuer: issuer + "/", Audience: audience},
		{Issuer: strings.ToUpper(issuer), Audience: audience},
		{Issuer: issuer, Audience: audience + "/"},
		{Issuer: issuer, Audience: issuer},
		{Issuer: audience, Audience: audience},
	} {
		v, err := token.NewVerifier(keys, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(raw, now); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%q for %q: %v", o.Issuer, o.Audience, err)
		}
	}
}

// TestCacheForgetsRemovedKeys: a token in the cache is refused as soon as its key
// is out of the ring, and accepted again if it comes back, or a copy of it does.
func TestCacheForgetsRemovedKeys(t *testing.T) {
	a, b := numbered(t, "a", 1), numbered(t, "b", 2)
	keys := newKeys(t, a)
	v := newVerifier(t, keys, token.VerifierOptions{})
	raw := sign(t, keys, access())
	for _, step := range []struct {
		name    string
		signing token.Key
		also    []token.Key
		ok      bool
	}{
		{"as it was", a, nil, true},
		{"retired", b, []token.Key{a}, true},
		{"out", b, nil, false},
		{"out, again", b, nil, false},
		{"back", b, []token.Key{numbered(t, "a", 1)}, true},
		{"out once more", b, nil, false},
		{"another key under its ID", numbered(t, "a", 3), nil, false},
	} {
		if err := keys.Replace(step.signing, step.also...); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := v.Verify(raw, now); (err == nil) != step.ok {
				t.Errorf("%s: %v", step.name, err)
			}
		}
	}
}

// TestCacheIsBounded: no more tokens are remembered than the option says, and
// what is asked for again and again is remembered whatever comes in between.
func TestCacheIsBounded(t *testing.T) {
	for _, size := range []int{2, 10, 100, 1024, 2000} {
		keys := newKeys(t, keyFor(t, token.HS256))
		v := newVerifier(t, keys, token.VerifierOptions{CacheSize: size})
		a := access()
		hot := sign(t, keys, a)
		for n := range 3 * size {
			if _, err := v.Verify(hot, now); err != nil || !v.CacheHas(hot) {
				t.Fatalf("what is asked for again and again is not in the cache (%v)", err)
			}
			a.ID = fmt.Sprint(n)
			if _, err := v.Verify(sign(t, keys, a), now); err != nil {
				t.Fatal(err)
			}
			if got := v.CacheLen(); got > size {
				t.Fatalf("%d of %d tokens in the cache", got, size)
			}
		}
		if got := v.CacheLen(); got < size/4 {
			t.Errorf("%d of %d tokens in the cache", got, size)
		}
	}
}

// TestCacheIsNotShared: what a caller does to its claims reaches no other one.
func TestCacheIsNotShared(t *testing.T) {
	keys := newKeys(t, keyFor(t, token.HS256))
	v := newVerifier(t, keys, token.VerifierOptions{})
	raw := sign(t, keys, access())
	for range 3 {
		a, err := v.Verify(raw, now)
		if err != nil || a.AMR[0] != "pwd" {
			t.Fatalf("%v, %v", a.AMR, err)
		}
		a.AMR[0] = "hwk"
	}
}

// TestVerifyHitAllocates: a token in the cache costs the copy of amr, and no
// work that grows with anything but its length.
func TestVerifyHitAllocates(t *testing.T) {
	keys := newKeys(t, keyFor(t, token.RS256))
	v := newVerifier(t, keys, token.VerifierOptions{})
	raw := sign(t, keys, access())
	if n := testing.AllocsPerRun(100, func() {
		if _, err := v.Verify(raw, now); err != nil {
			t.Error(err)
		}
	}); n > 1 {
		t.Errorf("%v allocations for a token in the cache", n)
	}
}
