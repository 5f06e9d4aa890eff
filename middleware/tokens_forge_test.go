package middleware

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// SecretLen is the length of a secret, in bytes.
const SecretLen = len(secret{})

// ForgeKind makes a token of the kind with the given prefix, its CRC right.
func ForgeKind(prefix string, id sessionstore.ID, key [SecretLen]byte) string {
	return tokenKind(prefix).format(id, key)
}

// TakeApart returns what a token made of ID and secret has in it.
func TakeApart(t *testing.T, text string) (sessionstore.ID, [SecretLen]byte) {
	t.Helper()
	id, s, ok := tokenKind(text[:tokenPrefixLen]).parse(text)
	if !ok {
		t.Fatal("not a token")
	}
	return id, s
}

// The kinds have prefixes of one length, none of which is another's, and no two
// make one token, CRC or hash of the same secret.
func TestTokenKindsDiffer(t *testing.T) {
	kinds := []tokenKind{cookieToken, opaqueToken, refreshToken, clientStateToken}
	id, s := sessionstore.NewID(), newSecret()
	for _, k := range kinds {
		if len(k) != tokenPrefixLen {
			t.Errorf("%s has another length", k)
		}
		for _, other := range kinds {
			if k == other {
				continue
			}
			if _, _, ok := other.parse(k.format(id, s)); ok || other.names(k.format(id, s)) {
				t.Errorf("%s is taken for %s", k, other)
			}
			if _, _, ok := other.parse(string(other) + k.format(id, s)[tokenPrefixLen:]); ok {
				t.Errorf("%s is %s with another prefix", other, k)
			}
			if k.hash(s) == other.hash(s) {
				t.Errorf("%s and %s have one hash", k, other)
			}
		}
	}
}

// TestProofsRememberWhatTheStoreWasLeft wants a proof that was left to the store,
// for want of room, to be refused when there is room again, and those that come
// meanwhile too.
func TestProofsRememberWhatTheStoreWasLeft(t *testing.T) {
	const ttl = 150 * time.Second
	words := make([]string, maxProofs)
	for i := range words {
		words[i] = fmt.Sprint(i)
	}
	for _, after := range []time.Duration{0, time.Minute, ttl - time.Second, ttl, ttl + time.Second, 2 * ttl} {
		p, now := newProofs(), time.Unix(1_800_000_000, 0)
		for _, w := range words {
			if first, room := p.remember(w, ttl, now); !first || !room {
				t.Fatalf("word %s: %v, %v", w, first, room)
			}
		}
		full := now.Add(ttl - time.Second)
		if first, room := p.remember("full", ttl, full); first || room {
			t.Fatalf("beyond the room: %v, %v", first, room)
		}
		word, then := "full", full.Add(after)
		if after > 0 {
			word = "then"
			p.remember(word, ttl, then) // if it is left to the store, the store has it now
		}
		for _, later := range []time.Duration{time.Second, ttl / 2, ttl} {
			if first, room := p.remember(word, ttl, then.Add(later)); first && room {
				t.Errorf("a proof of %v after there was no room is good once more, %v later", after, later)
			}
		}
	}
}

// TestProofsRememberLongEnough wants no proof to be forgotten within its time,
// whenever the halves change places.
func TestProofsRememberLongEnough(t *testing.T) {
	const ttl = 150 * time.Second
	for offset := time.Duration(0); offset <= 3*ttl; offset += 10 * time.Second {
		p, now := newProofs(), time.Unix(1_800_000_000, 0)
		p.remember("earlier", ttl, now)
		used := now.Add(offset)
		if first, _ := p.remember("once", ttl, used); !first {
			t.Fatal("not new")
		}
		for at := used; at.Sub(used) <= ttl; at = at.Add(10 * time.Second) {
			p.remember(fmt.Sprint(at.Unix()), ttl, at)
			if first, _ := p.remember("once", ttl, at); first {
				t.Errorf("used at %v, forgotten after %v", offset, at.Sub(used))
			}
		}
	}
}

// TestHeardKeepsLongEnough wants no end to be forgotten while an access token
// from before is good.
func TestHeardKeepsLongEnough(t *testing.T) {
	const keep = 6 * time.Minute
	id := sessionstore.NewID()
	for offset := time.Duration(0); offset <= 3*keep; offset += 30 * time.Second {
		h, now := newHeard(keep), time.Unix(1_800_000_000, 0)
		h.notify(signal{Session: sessionstore.NewID(), Ended: true}, now)
		end := now.Add(offset)
		h.notify(signal{Session: id, Epoch: 3}, end)
		for at := end; at.Sub(end) <= keep; at = at.Add(30 * time.Second) {
			h.notify(signal{Session: sessionstore.NewID(), Ended: true}, at)
			if !h.revoked(id, 2) || h.revoked(id, 3) {
				t.Errorf("heard at %v, forgotten after %v", offset, at.Sub(end))
			}
		}
		h.notify(signal{Session: id, Ended: true}, end.Add(keep))
		h.notify(signal{Session: id, Epoch: 4}, end.Add(keep)) // out of order
		if !h.revoked(id, 4) || !h.revoked(id, math.MaxInt64-1) {
			t.Error("an ended session came back")
		}
	}
}

// The kinds of tokens beside the cookie's have one spelling too.
func FuzzTokenKinds(f *testing.F) {
	kinds := []tokenKind{cookieToken, opaqueToken, refreshToken, clientStateToken}
	for _, k := range kinds {
		f.Add(k.format(sessionstore.ID{1}, secret{2}))
		f.Add(k.format(sessionstore.ID{}, secret{2}))
		f.Add(string(k) + strings.Repeat("\n", tokenTextLen))
		f.Add(string(k) + strings.Repeat("A", tokenTextLen-1) + "=")
	}
	f.Add(strings.Repeat("_", tokenLen))
	f.Fuzz(func(t *testing.T, text string) {
		accepted := 0
		for _, k := range kinds {
			id, s, ok := k.parse(text)
			switch {
			case !ok && (id != sessionstore.ID{} || s != secret{}):
				t.Errorf("%q: something of what was refused", text)
			case ok && (k.format(id, s) != text || !k.names(text)):
				t.Errorf("%q is a second spelling", text)
			case ok && (id == sessionstore.ID{} || s == secret{}):
				t.Errorf("%q is zero", text)
			}
			if ok {
				accepted++
			}
		}
		if accepted > 1 {
			t.Errorf("%q is of %d kinds", text, accepted)
		}
	})
}

func FuzzCredentials(f *testing.F) {
	for _, s := range []string{
		"", " ", "Bearer", "Bearer ", "Bearer a", "bearer  a", "BEARER\ta", "DPoP a", "dpop a b", "Basic YTpi", "Bearer a, DPoP b",
		" Bearer a", "Bearer\u00a0a", "Bearer,a", "Bearera", "DPoP\x00 a", "\u212aearer a", "Bearer " + strings.Repeat("a", maxCredentials),
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		r := &http.Request{Header: http.Header{"Authorization": {one}}}
		dpop, text, err := credentials(r)
		if err == nil {
			scheme := "bearer"
			if dpop {
				scheme = "dpop"
			}
			if !strings.EqualFold(one[:len(scheme)], scheme) || len(one) > maxCredentials {
				t.Errorf("%q passes for %s", one, scheme)
			}
			if rest := one[len(scheme):]; strings.Trim(rest, " ") != strings.TrimRight(text, " ") || text != "" && rest[0] != ' ' {
				t.Errorf("%q: token %q", one, text)
			}
		} else if text != "" || dpop {
			t.Errorf("%q: something of what was refused", one)
		}
		r.Header.Add("Authorization", two)
		if _, _, err := credentials(r); err == nil {
			t.Errorf("two headers: %q and %q", one, two)
		}
	})
}

// FuzzReadForm wants no form to make it panic, and none to yield a parameter
// that occurs twice or does not come from the body.
func FuzzReadForm(f *testing.F) {
	const ct = "application/x-www-form-urlencoded"
	f.Add("token=a", "", ct)
	f.Add("token=a&token=b", "", ct)
	f.Add("a=1;b=2", "token=q", ct)
	f.Add("%zz", "%zz", ct+"; charset=utf-8")
	f.Add(`{"token":"a"}`, "token=q", "application/json")
	f.Add("--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\na\r\n--x--\r\n", "", "multipart/form-data; boundary=x")
	f.Add(strings.Repeat("a", maxForm+1), "", ct)
	f.Fuzz(func(t *testing.T, body, query, contentType string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", contentType)
		form, err := readForm(nil, r)
		if err != nil {
			return
		}
		for name, value := range form {
			if len(body) > maxForm || len(name)+len(value) > len(body) {
				t.Errorf("%q=%q does not come from the body", name, value)
			}
			if n := strings.Count("&"+body, "&"+name+"="); name != "" && n > 1 {
				t.Errorf("%q occurs %d times", name, n)
			}
		}
	})
}
