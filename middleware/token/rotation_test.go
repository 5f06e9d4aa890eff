package token_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// TestRotationUnderLoad: while the keys go from next to current to retired and
// out, in the order that Replace documents, no token is refused that should be
// valid, and none is accepted of a key that is out. J10 of the checklist.
func TestRotationUnderLoad(t *testing.T) {
	const rotations, workers = 200, 4
	// HS256 is the fastest: more happens at the same time.
	key := func(n int) token.Key {
		id := fmt.Sprint("key-", n)
		return newKey(t, id, []byte(strings.Repeat(id+".", 8)))
	}
	keys := newKeys(t, key(0), key(1))
	v := newVerifier(t, keys, token.VerifierOptions{CacheSize: 64})

	var stop atomic.Bool
	var turns [workers]atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			a := access()
			for n := 0; !stop.Load(); n++ {
				a.ID = fmt.Sprint(w, "-", n)
				if err := signAndVerify(keys, v, a); err != nil {
					t.Errorf("worker %d, token %d: %v", w, n, err)
					stop.Store(true)
				}
				turns[w].Add(1)
				runtime.Gosched()
			}
		})
	}
	// lived waits until the tokens of all workers that may have been signed
	// before are at the end of their lives.
	lived := func() {
		for w := range turns {
			for then := turns[w].Load(); turns[w].Load() < then+2 && !stop.Load(); {
				runtime.Gosched()
			}
		}
	}
	for n := range rotations {
		old := sign(t, keys, access())
		if _, err := v.Verify(old, now); err != nil {
			t.Errorf("rotation %d: refused before: %v", n, err)
		}
		rotate(t, keys, key(n+1), key(n))
		if _, err := v.Verify(old, now); err != nil {
			t.Errorf("rotation %d: refused while its key is retired: %v", n, err)
		}
		lived()
		rotate(t, keys, key(n+1), key(n+2))
		if _, err := v.Verify(old, now); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("rotation %d: accepted after its key was taken out: %v", n, err)
		}
	}
	stop.Store(true)
	wg.Wait()
	var total int64
	for w := range turns {
		total += turns[w].Load()
	}
	t.Logf("%d tokens in %d rotations", total, rotations)
}

func rotate(t *testing.T, keys *token.Keys, signing token.Key, also ...token.Key) {
	t.Helper()
	if err := keys.Replace(signing, also...); err != nil {
		t.Error(err)
	}
}

// signAndVerify makes one token and verifies it without the cache, and by it.
func signAndVerify(keys *token.Keys, v *token.Verifier, a token.Access) error {
	raw, err := keys.Sign(a)
	for range 2 {
		if err == nil {
			_, err = v.Verify(raw, now)
		}
	}
	return err
}
