package token

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// maxKeys bounds a ring, and with it the size of the published set.
const maxKeys = 16

// Keys are the keys in use: one signs, all verify, and all but those for HS256
// are published by [Keys.ServeHTTP]. Keys are safe for concurrent use.
type Keys struct {
	ring atomic.Pointer[ring]
}

// ring is one state of Keys. It does not change once it is made.
type ring struct {
	signing *key
	byID    map[string]*key
	set     []byte // the published set
	tag     string // its entity tag
}

// NewKeys returns keys of which the first signs. The others, the next and the
// retired ones, verify and are published; see [Keys.Replace] for the order of a
// rotation. A process that signs nothing gives [VerifyOnly] as the first.
//
// All faults are reported together: a signing key without a private part, more
// than 16 keys, an ID or a key that occurs twice, and a key for HS256 beside
// one of another kind. Such a mixture would let everyone who verifies with the
// shared secret sign what others take to be signed by the private key.
func NewKeys(signing Key, also ...Key) (*Keys, error) {
	r, err := newRing(signing, also)
	if err != nil {
		return nil, err
	}
	k := &Keys{}
	k.ring.Store(r)
	return k, nil
}

// Replace puts other keys in the place of the present ones, in one step: each
// token is signed and verified by the keys from before or by those from after.
// On an error, which is any of [NewKeys] or an ID that was another key's until
// now, the keys stay as they are.
//
// A rotation that no one notices takes three calls, on every node:
//
//  1. Replace(current, next): next is published, and verifies. Wait until every
//     node has it, and for the max-age of the set (5 min, see
//     [Keys.ServeHTTP]), so that every resource server has it as well.
//  2. Replace(next, current): next signs, the old key is retired. Wait for the
//     life of a token plus the leeway of the verifiers, counted from the moment
//     the last node made this step.
//  3. Replace(next): no token of the retired key is valid any more.
//
// A key that leaked skips the waiting: after Replace(next) its tokens are refused
// at once on this node, those in the caches of verifiers too. Resource servers
// follow when they read the set again.
func (k *Keys) Replace(signing Key, also ...Key) error {
	r, err := newRing(signing, also)
	if err != nil {
		return err
	}
	for {
		before := k.ring.Load()
		for id, was := range before.byID {
			if is := r.byID[id]; is != nil && is.sum != was.sum {
				return fmt.Errorf("token: the ID %q was another key's", id)
			}
		}
		if k.ring.CompareAndSwap(before, r) {
			return nil
		}
	}
}

// CanSign reports whether there is a key that signs: whether the first of the
// present keys is not [VerifyOnly].
func (k *Keys) CanSign() bool { return k.ring.Load().signing.sign != nil }

func newRing(signing Key, also []Key) (*ring, error) {
	r := &ring{signing: signing.k, byID: map[string]*key{}}
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("token: "+format, args...))
	}
	all := also
	if signing.k != verifyOnly {
		all = append([]Key{signing}, also...)
		if signing.k != nil && !signing.CanSign() {
			fault("the signing key %q has no private part", signing.ID())
		}
	}
	if len(all) == 0 || len(all) > maxKeys {
		fault("%d keys, not 1 to %d", len(all), maxKeys)
	}
	bySum := map[[32]byte]bool{}
	shared, published := 0, []jwk{}
	for i, k := range all {
		if k.k == nil || k.k == verifyOnly {
			fault("key %d was not made by NewKey", i+1)
			continue
		}
		if r.byID[k.k.id] != nil {
			fault("the ID %q occurs twice", k.k.id)
		}
		if bySum[k.k.sum] {
			fault("the key %q occurs twice", k.k.id)
		}
		r.byID[k.k.id], bySum[k.k.sum] = k.k, true
		if k.k.alg == HS256 {
			shared++
		} else {
			published = append(published, k.k.jwk)
		}
	}
	if shared > 0 && len(published) > 0 {
		fault("keys for HS256 beside keys of another kind")
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	r.publish(published)
	return r, nil
}
