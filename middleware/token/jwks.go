package token

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	// maxSet is how long a set of keys may be, in bytes.
	maxSet = 64 << 10

	// A shorter max-age would bring more requests, a longer one would make each
	// rotation wait longer: see Keys.Replace.
	setCacheControl = "public, max-age=300"
)

// publish writes the set of RFC 7517 §5. What it is given has no field for a
// private member.
func (r *ring) publish(keys []jwk) {
	set, err := json.Marshal(struct {
		Keys []jwk `json:"keys"`
	}{keys})
	if err != nil {
		panic(err) // it consists of strings
	}
	sum := sha256.Sum256(set)
	r.set, r.tag = set, `"`+strict.EncodeToString(sum[:12])+`"`
}

// ServeHTTP answers GET and HEAD with the public parts of the keys, as a JSON
// Web Key Set (RFC 7517 §5), and other methods with 405. Keys for HS256 are
// secrets and never in it. The answer may be kept for 5 minutes and has an
// entity tag. It is the same for everyone: mount it outside of the session
// middleware, where answers are not to be kept.
func (k *Keys) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	now := k.ring.Load()
	h := w.Header()
	h.Set("Content-Type", "application/jwk-set+json") // RFC 7517 §8.5
	h.Set("Cache-Control", setCacheControl)
	h.Set("ETag", now.tag)
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(now.set))
}

// ParseKeys reads a JSON Web Key Set (RFC 7517 §5) of at most 64 KiB, such as
// [Keys.ServeHTTP] answers with, for a resource server to verify with. It
// fetches nothing: whoever does so decides from where, and what becomes of an
// error. Keys of another kind, for another use or without a kid are left out,
// as §5 asks. It is an error if none is left, and if any has a private member.
func ParseKeys(set []byte) ([]Key, error) {
	if len(set) > maxSet {
		return nil, fmt.Errorf("token: a key set longer than %d bytes", maxSet)
	}
	top, err := object(set)
	if err != nil {
		return nil, fmt.Errorf("token: key set: %w", err)
	}
	var list []members
	if err := json.Unmarshal(top["keys"], &list); err != nil {
		return nil, errors.New("token: key set: keys is not an array of objects")
	}
	var keys []Key
	for _, m := range list {
		_, public, err := m.public()
		if errors.Is(err, errPrivate) {
			return nil, fmt.Errorf("token: key set: %w", err)
		}
		id, errID := m.text("kid")
		if err != nil || errID != nil || id == "" {
			continue
		}
		if k, err := NewKey(id, public); err == nil {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("token: key set: no key in it can be used")
	}
	return keys, nil
}
