package token

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func testNonces(t testing.TB, b byte) *Nonces {
	t.Helper()
	n, err := NewNonces(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNonceLife(t *testing.T) {
	n := testNonces(t, 1)
	begin := time.Unix(1_800_000_000/nonceSeconds*nonceSeconds, 0)
	for _, made := range []time.Duration{0, time.Second, nonceSlot - time.Nanosecond} {
		nonce := n.Next(begin.Add(made))
		for at, want := range map[time.Duration]bool{
			-nonceSlot:                     false,
			-clockSkew - time.Nanosecond:   false,
			-clockSkew:                     true, // a node with a slow clock
			0:                              true,
			made:                           true,
			made + nonceSlot:               true, // so much at least
			2*nonceSlot - time.Nanosecond:  true,
			2 * nonceSlot:                  false,
			made + 5*time.Minute:           false, // so much at most
			24 * time.Hour:                 false,
			24 * time.Hour * 365 * 200 / 3: false,
		} {
			if got := n.Valid(nonce, begin.Add(at)); got != want {
				t.Errorf("made at %v, used at %v: %t", made, at, got)
			}
		}
	}
}

// A client that takes the nonce of each response is served without a break.
func TestNonceOverlap(t *testing.T) {
	n := testNonces(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(0, 1<<35).Draw(t, "made"), 0)
		wait := time.Duration(rapid.Int64Range(0, int64(nonceSlot)).Draw(t, "wait"))
		if nonce := n.Next(now); !n.Valid(nonce, now.Add(wait)) || n.Valid(nonce, now.Add(nonceLife)) {
			t.Errorf("%s", nonce)
		}
	})
}

func TestNonceSyntax(t *testing.T) {
	nqchar := regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+$`) // RFC 6749 appendix A
	n := testNonces(t, 1)
	seen := map[string]bool{}
	for slot := range 100 {
		nonce := n.Next(proofNow.Add(time.Duration(slot) * nonceSlot))
		if len(nonce) != 32 || !nqchar.MatchString(nonce) || seen[nonce] {
			t.Errorf("%q", nonce)
		}
		seen[nonce] = true
	}
	if n.Next(proofNow) != testNonces(t, 1).Next(proofNow) {
		t.Error("two nodes with one key disagree")
	}
}

func TestNonceForged(t *testing.T) {
	n := testNonces(t, 1)
	nonce := n.Next(proofNow)
	forged := []string{
		"", "x", testNonces(t, 2).Next(proofNow), nonce + "=", nonce + "A", nonce[:31], nonce[1:], " " + nonce, nonce + "\n",
		nonce[:16] + "\n" + nonce[16:], strings.Repeat("A", 32), strings.Repeat("_", 32), strings.Repeat("A", 1<<20),
	}
	stale, errStale := decode(n.Next(proofNow.Add(-time.Hour)))
	fresh, errFresh := decode(nonce)
	if errStale != nil || errFresh != nil {
		t.Fatal(errStale, errFresh)
	}
	forged = append(forged, strict.EncodeToString(slices.Concat(fresh[:8], stale[8:]))) // an old one, post-dated
	for i := range nonce {
		other := byte('A')
		if nonce[i] == other {
			other = 'B'
		}
		forged = append(forged, nonce[:i]+string(other)+nonce[i+1:])
	}
	for _, s := range forged {
		if n.Valid(s, proofNow) {
			t.Errorf("%.40q", s)
		}
	}
}

func TestNonceKey(t *testing.T) {
	for _, key := range [][]byte{nil, make([]byte, 31), make([]byte, 33), make([]byte, 32)} {
		if n, err := NewNonces(key); err == nil || n != nil {
			t.Errorf("%d bytes", len(key))
		}
	}
	key := bytes.Repeat([]byte{0xab}, 32)
	n, err := NewNonces(key)
	if err != nil {
		t.Fatal(err)
	}
	nonce := n.Next(proofNow)
	clear(key)
	if n.Next(proofNow) != nonce {
		t.Error("the key is not its own")
	}
	out := fmt.Sprintf("%v %+v %#v %v %v", n, n, n, *n, struct{ N *Nonces }{n})
	if strings.Contains(out, "abab") || strings.Contains(out, "171 171") {
		t.Error(out)
	}
}

func TestNoncesConcurrently(t *testing.T) {
	n := testNonces(t, 1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				now := proofNow.Add(time.Duration(i) * time.Second)
				if !n.Valid(n.Next(now), now) {
					t.Error(i)
				}
			}
		})
	}
	wg.Wait()
}
