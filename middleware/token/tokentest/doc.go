// Package tokentest makes access tokens that must be refused, for tests of
// whatever accepts access tokens: a Verifier with its options, a handler with
// its middleware, an introspection endpoint.
package tokentest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// Case is a token that must be refused. Names are unique and say what is wrong
// with it. Most tokens are well signed, so that nothing but what the name says
// is wrong; some are 4 MiB long, and some have bytes that no HTTP header can
// carry.
type Case struct {
	Name  string
	Token string
}

// Key is a key that the code under test accepts signatures of.
type Key struct {
	ID      string // the kid
	Private any    // what [token.NewKey] takes to make a key that signs
}

// Hostile returns some hundred tokens, made of one that the first key could
// have signed for the claims in valid. The code under test must accept that
// one, as [Valid] returns it, and must refuse all of these, at any time from
// valid.IssuedAt to valid.Expires. Cases about a key, such as those that
// confuse algorithms, are made once for each key.
//
// It panics if the keys or the claims are not good for signing. Tokens with
// signatures by keys made for the occasion differ from call to call.
func Hostile(valid token.Access, keys ...Key) []Case {
	f := newForge(valid, keys[0])
	f.algorithms(keys)
	f.signatures(keys)
	f.keyIDs()
	f.parameters()
	f.types()
	f.duplicates()
	f.base64()
	f.structure()
	f.sizes()
	f.json()
	f.claimTypes()
	f.claimValues()
	f.times()
	slices.SortFunc(f.cases, func(a, b Case) int { return strings.Compare(a.Name, b.Name) })
	return f.cases
}

// Valid returns the token that the cases of [Hostile] are made of.
func Valid(valid token.Access, key Key) string {
	ring := must(token.NewKeys(must(token.NewKey(key.ID, key.Private))))
	return must(ring.Sign(valid))
}

// forge signs whatever it is given.
type forge struct {
	key    Key
	alg    string
	valid  token.Access
	raw    string         // the valid token
	claims map[string]any // of the valid token, with json.Number
	cases  []Case
}

func newForge(valid token.Access, key Key) *forge {
	f := &forge{
		key:   key,
		alg:   string(must(token.NewKey(key.ID, key.Private)).Algorithm()),
		valid: valid,
		raw:   Valid(valid, key),
	}
	segments := strings.Split(f.raw, ".")
	d := json.NewDecoder(strings.NewReader(decode(segments[1])))
	d.UseNumber()
	if err := d.Decode(&f.claims); err != nil {
		panic(err)
	}
	return f
}

func (f *forge) add(name, raw string) { f.cases = append(f.cases, Case{name, raw}) }

// header returns the header of the valid token.
func (f *forge) header() map[string]any {
	return map[string]any{"alg": f.alg, "kid": f.key.ID, "typ": "at+jwt"}
}

// with returns a copy of m with a member set, or without it if value is absent.
func with(m map[string]any, name string, value any) map[string]any {
	m = maps.Clone(m)
	if value == absent {
		delete(m, name)
	} else {
		m[name] = value
	}
	return m
}

// absent as a value means that the member is missing; text in raw is JSON as it
// is.
var absent any = missing{}

type missing struct{}

func (missing) String() string { return "missing" }

func raw(text string) any { return json.RawMessage(text) }

// sign returns a token with a signature of the first key. Header and claims are
// JSON text, or values to be marshaled.
func (f *forge) sign(header, claims any) string {
	return f.signText(encode(text(header)) + "." + encode(text(claims)))
}

// signText signs two segments as they are.
func (f *forge) signText(message string) string {
	return message + "." + encode(signature(f.alg, f.key.Private, message))
}

func (f *forge) withHeader(name, parameter string, value any) {
	f.add(name, f.sign(with(f.header(), parameter, value), f.claims))
}

func (f *forge) withClaim(name, claim string, value any) {
	f.add(name, f.sign(f.header(), with(f.claims, claim, value)))
}

func signature(alg string, private any, message string) string {
	return string(must(jwt.GetSigningMethod(alg).Sign(message, private)))
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(must(json.Marshal(v)))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("tokentest: " + err.Error())
	}
	return v
}
