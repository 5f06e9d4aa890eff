package middleware

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore"
)

func TestI5SealedSuccessor(t *testing.T) {
	prev, next, id := newSecret(), newSecret(), sessionstore.NewID()
	sealed := seal(prev, next, id)
	if len(sealed) != 60 {
		t.Errorf("%d bytes, want 12 + 32 + 16", len(sealed))
	}
	if bytes.Contains(sealed, next[:8]) || bytes.Contains(sealed, prev[:8]) {
		t.Error("a secret is readable")
	}
	got, err := unseal(prev, id, sealed)
	if err != nil || got != next {
		t.Fatalf("unseal = %v, %v", got, err)
	}
	if bytes.Equal(sealed, seal(prev, next, id)) {
		t.Error("the nonce is not random")
	}
}

func TestUnsealRefuses(t *testing.T) {
	prev, next, id := newSecret(), newSecret(), sessionstore.NewID()
	sealed := seal(prev, next, id)
	refuse := func(name string, prev secret, id sessionstore.ID, sealed []byte) {
		t.Helper()
		if got, err := unseal(prev, id, sealed); !errors.Is(err, errSealed) || got != (secret{}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	refuse("wrong secret", newSecret(), id, sealed)
	refuse("the successor itself", next, id, sealed)
	refuse("wrong ID", prev, sessionstore.NewID(), sealed)
	refuse("nothing", prev, id, nil)
	refuse("short", prev, id, sealed[:59])
	refuse("long", prev, id, append(bytes.Clone(sealed), 0))
	for i := range sealed {
		flipped := bytes.Clone(sealed)
		flipped[i] ^= 0x80
		refuse("flipped", prev, id, flipped)
	}
}
