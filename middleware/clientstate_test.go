package middleware

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/sessionstore"
)

var (
	clientNow     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clientSession = sessionstore.ID{1, 2, 3}
)

// clientKeyNo returns one of the tests' keys.
func clientKeyNo(n int) []byte {
	key := sha256.Sum256(fmt.Appendf(nil, "key %d", n))
	return key[:]
}

func newClientState(t testing.TB, keys ...int) *ClientState {
	t.Helper()
	all := make([][]byte, len(keys))
	for i, n := range keys {
		all[i] = clientKeyNo(n)
	}
	c, err := NewClientState(all...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sealed returns a token that is good for an hour.
func (c ClientState) sealed(t testing.TB, data string) string {
	t.Helper()
	text, err := c.Seal(clientSession, []byte(data), clientNow.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// opens checks that a token opens to data.
func (c ClientState) opens(t testing.TB, what, token, data string) {
	t.Helper()
	if got, err := c.Open(clientSession, token, clientNow); err != nil || string(got) != data {
		t.Errorf("%s: Open = %q, %v; want %q", what, got, err, data)
	}
}

// refuses checks that a token is refused, with the answer that they all get.
func (c ClientState) refuses(t testing.TB, what, token string) {
	t.Helper()
	got, err := c.Open(clientSession, token, clientNow)
	if err != ErrClientState || got != nil { //nolint:errorlint // it has to be the very same
		t.Errorf("%s: Open(%q) = %q, %v", what, token, got, err)
	}
}

// clientBody returns the bytes in a token, clientText the token of such bytes.
func clientBody(token string) []byte {
	body, err := base64.RawURLEncoding.DecodeString(token[4:])
	if err != nil {
		panic(err)
	}
	return body
}

func clientText(body []byte) string { return "sjd_" + base64.RawURLEncoding.EncodeToString(body) }

func TestClientStateRoundTrip(t *testing.T) {
	form := regexp.MustCompile(`^sjd_[A-Za-z0-9_-]+$`)
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 32, 32).Filter(func(b []byte) bool { return !bytes.Equal(b, make([]byte, 32)) })
		keys := rapid.SliceOfNDistinct(key, 1, maxClientKeys, func(b []byte) string { return string(b) }).Draw(rt, "keys")
		c, err := NewClientState(keys...)
		if err != nil {
			rt.Fatal(err)
		}
		session := sessionstore.ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "session"))
		session[0] |= 1 // not the zero ID
		data := rapid.SliceOfN(rapid.Byte(), 0, MaxClientState).Draw(rt, "data")
		expires := time.UnixMilli(rapid.Int64Range(0, 253402300799999).Draw(rt, "expires"))

		text, err := c.Seal(session, data, expires)
		if err != nil {
			rt.Fatal(err)
		}
		if want := 4 + base64.RawURLEncoding.EncodedLen(60+len(data)); len(text) != want || want > 3839 {
			rt.Errorf("a token of %d bytes for %d of data, want %d", len(text), len(data), want)
		}
		if !form.MatchString(text) {
			rt.Errorf("a token %q", text)
		}
		before := expires.Add(-time.Duration(rapid.Int64Range(1, 1<<62).Draw(rt, "before")))
		if got, err := c.Open(session, text, before); err != nil || !bytes.Equal(got, data) {
			rt.Errorf("Open = %x, %v; want %x", got, err, data)
		}
		late := expires.Add(time.Duration(rapid.Int64Range(0, 1<<62).Draw(rt, "late")))
		if got, err := c.Open(session, text, late); !errors.Is(err, ErrClientState) || got != nil {
			rt.Errorf("Open after the expiry = %x, %v", got, err)
		}
		again, err := c.Seal(session, data, expires)
		if err != nil {
			rt.Fatal(err)
		}
		if a, b := clientBody(text), clientBody(again); bytes.Equal(a[4:24], b[4:24]) || bytes.Equal(a[24:36], b[24:36]) {
			rt.Errorf("two tokens with the same salt or nonce: %x, %x", a[4:36], b[4:36])
		}
	})
}

// The form as documented, independently taken apart: what tokens in the hands of
// clients depend on.
func TestClientStateForm(t *testing.T) {
	body := clientBody(newClientState(t, 1).sealed(t, "tea"))
	derive := func(salt []byte, info string, n int) []byte {
		key, err := hkdf.Key(sha256.New, clientKeyNo(1), salt, info, n)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	if want := derive(nil, "sojourn client state key ID v1", 4); !bytes.Equal(body[:4], want) {
		t.Errorf("key ID %x, want %x", body[:4], want)
	}
	block, err := aes.NewCipher(derive(body[4:24], "sojourn client state v1", 32))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, body[24:36], body[36:], append([]byte("sjd_"), clientSession[:]...))
	if err != nil {
		t.Fatal(err)
	}
	if ms := binary.BigEndian.Uint64(plain); ms != uint64(clientNow.Add(time.Hour).UnixMilli()) || string(plain[8:]) != "tea" {
		t.Errorf("plaintext %q", plain)
	}
}

func TestClientStateEmptyData(t *testing.T) {
	c := newClientState(t, 1)
	for name, data := range map[string][]byte{"nil": nil, "empty": {}} {
		text, err := c.Seal(clientSession, data, clientNow.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Open(clientSession, text, clientNow); err != nil || got == nil || len(got) != 0 {
			t.Errorf("%s: %#v, %v", name, got, err)
		}
	}
}

func TestClientStateRefusesEveryFlippedBit(t *testing.T) {
	c := newClientState(t, 1, 2)
	for _, data := range []string{"", "a", "ab", "abc"} { // all there are of trailing bits
		text := c.sealed(t, data)
		for i := range len(text) * 8 {
			flipped := []byte(text)
			flipped[i/8] ^= 1 << (i % 8)
			c.refuses(t, fmt.Sprintf("bit %d of the text", i), string(flipped))
		}
		body := clientBody(text)
		for i := range len(body) * 8 {
			body[i/8] ^= 1 << (i % 8)
			c.refuses(t, fmt.Sprintf("bit %d of the bytes", i), clientText(body))
			body[i/8] ^= 1 << (i % 8)
		}
		c.opens(t, "nothing flipped", clientText(body), data)
	}
}

func TestClientStateRefusesEveryTruncation(t *testing.T) {
	c := newClientState(t, 1)
	text := c.sealed(t, "sencha")
	for i := range text {
		c.refuses(t, "the beginning", text[:i])
	}
	for i := 1; i < len(text); i++ {
		c.refuses(t, "the end", text[i:])
		c.refuses(t, "the end, prefixed", "sjd_"+text[max(i, 5):])
	}
	body := clientBody(text)
	for i := range body {
		c.refuses(t, "the beginning of the bytes", clientText(body[:i]))
		c.refuses(t, "without a byte", clientText(append(bytes.Clone(body[:i]), body[i+1:]...)))
		c.refuses(t, "with another byte", clientText(append(append(bytes.Clone(body[:i]), 0), body[i:]...)))
	}
	c.refuses(t, "with a byte behind", clientText(append(body, 0)))
}

// Base64 that decodes to the same bytes, to a decoder that lets it.
func TestClientStateHasOneSpelling(t *testing.T) {
	c := newClientState(t, 1)
	for _, data := range []string{"", "a", "ab", "abc"} {
		text := c.sealed(t, data)
		for i := 4; i <= len(text); i++ {
			for _, gap := range []string{"\n", "\r", "\r\n", "\n\n\n", "\n\n\n\n", " ", "=", "\x00"} {
				c.refuses(t, fmt.Sprintf("%q at %d", gap, i), text[:i]+gap+text[i:])
			}
		}
		if padded := base64.URLEncoding.EncodeToString(clientBody(text)); padded != text[4:] {
			c.refuses(t, "padded", "sjd_"+padded)
		}
		c.refuses(t, "spaces around", " "+text+" ")
		c.refuses(t, "two tokens", text+text)
		c.refuses(t, "two tokens, one prefix", text+text[4:])
		if spare := (len(text) - 4) % 4; spare != 0 { // digits of which 4 or 2 bits are unused
			last := text[len(text)-1]
			twin := text[:len(text)-1] + otherTail(last)
			if !bytes.Equal(clientBody(twin), clientBody(text)) {
				t.Fatalf("%q is no twin of %q", twin, text)
			}
			c.refuses(t, "trailing bits", twin)
		}
	}
	standard := ""
	for !strings.ContainsAny(standard, "+/") {
		standard = base64.RawStdEncoding.EncodeToString(clientBody(c.sealed(t, "sencha")))
	}
	c.refuses(t, "standard alphabet", "sjd_"+standard)
}

func TestClientStateIsBoundToItsSession(t *testing.T) {
	c := newClientState(t, 1)
	text := c.sealed(t, "sencha")
	neighbour := clientSession
	neighbour[15] ^= 1
	for name, id := range map[string]sessionstore.ID{"another": sessionstore.NewID(), "a neighbour": neighbour, "none": {}} {
		if got, err := c.Open(id, text, clientNow); err != ErrClientState || got != nil { //nolint:errorlint // it has to be the very same
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if text, err := c.Seal(sessionstore.ID{}, nil, clientNow); err == nil || text != "" {
		t.Errorf("sealed for nobody: %q, %v", text, err)
	}
}

func TestClientStateIsOfItsKind(t *testing.T) {
	c := newClientState(t, 1)
	text := c.sealed(t, "sencha")
	for _, prefix := range []string{"", "sjc_", "sjr_", "sjd", "sjd-", "SJD_", "sjd_sjd_", "\nsjd_"} {
		c.refuses(t, "prefix", prefix+text[4:])
	}
	cookie := cookieToken.format(clientSession, newSecret())
	c.refuses(t, "a cookie token", cookie)
	c.refuses(t, "a cookie token with our prefix", "sjd_"+cookie[4:])
	if _, _, ok := cookieToken.parse(text); ok {
		t.Error("accepted as a cookie token")
	}
	// The kind is authenticated, and not only looked at.
	body := clientBody(text)
	aead, err := c.keys()[0].sealer(body[4:24])
	if err != nil {
		t.Fatal(err)
	}
	plain := make([]byte, 8, 14)
	binary.BigEndian.PutUint64(plain, uint64(clientNow.Add(time.Hour).UnixMilli()))
	plain = append(plain, "sencha"...)
	forged := func(binding string) string {
		return clientText(aead.Seal(bytes.Clone(body[:24]), nil, plain, []byte(binding)))
	}
	c.opens(t, "the right binding", forged("sjd_"+string(clientSession[:])), "sencha")
	c.refuses(t, "another kind", forged("sjx_"+string(clientSession[:])))
	c.refuses(t, "no kind", forged(string(clientSession[:])))
}

func TestClientStateRotation(t *testing.T) {
	before, joined, moved, after := newClientState(t, 1), newClientState(t, 1, 2), newClientState(t, 2, 1), newClientState(t, 2)
	old := joined.sealed(t, "old")
	young := moved.sealed(t, "young")
	for name, c := range map[string]*ClientState{"before": before, "joined": joined, "moved": moved} {
		c.opens(t, name, old, "old")
	}
	after.refuses(t, "the key is gone", old)
	for name, c := range map[string]*ClientState{"joined": joined, "moved": moved, "after": after} {
		c.opens(t, name, young, "young")
	}
	before.refuses(t, "the key is not there yet", young)

	many := make([]int, maxClientKeys)
	for i := range many {
		many[i] = i + 1
	}
	newClientState(t, many...).opens(t, "the first of many", old, "old")
	newClientState(t, append(many[1:], 1)...).opens(t, "the last of many", old, "old")
}

// Keys 4817 and 14395 of the tests have the same ID, by chance.
func TestClientStateKeysWithOneID(t *testing.T) {
	a, b, both := newClientState(t, 4817), newClientState(t, 14395), newClientState(t, 4817, 14395)
	if a.keys()[0].id != b.keys()[0].id {
		t.Fatal("the IDs differ")
	}
	both.opens(t, "the first", a.sealed(t, "a"), "a")
	both.opens(t, "the second", b.sealed(t, "b"), "b")
	a.refuses(t, "the other's", b.sealed(t, "b"))
}

func TestClientStateExpiry(t *testing.T) {
	c := newClientState(t, 1)
	expires := clientNow.Add(1500 * time.Microsecond) // good for 1 ms
	text, err := c.Seal(clientSession, []byte("tea"), expires.In(time.FixedZone("", 3600)))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		now  time.Time
		good bool
	}{
		"the zero time":          {time.Time{}, true},
		"when sealed":            {clientNow, true},
		"the last moment":        {clientNow.Add(time.Millisecond - 1), true},
		"the moment":             {clientNow.Add(time.Millisecond), false},
		"the moment, other zone": {clientNow.Add(time.Millisecond).In(time.FixedZone("", -3600)), false},
		"the next":               {clientNow.Add(time.Millisecond + 1), false},
		"before what was asked":  {expires.Add(-1), false},
		"long after":             {clientNow.AddDate(5000, 0, 0), false},
	} {
		got, err := c.Open(clientSession, text, tt.now)
		if tt.good && (err != nil || string(got) != "tea") || !tt.good && (err != ErrClientState || got != nil) { //nolint:errorlint // it has to be the very same
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}

	past, err := c.Seal(clientSession, nil, clientNow)
	if err != nil {
		t.Fatal(err)
	}
	c.refuses(t, "at its expiry", past)
	for name, never := range map[string]time.Time{
		"zero":     {},
		"1969":     time.UnixMilli(-1),
		"10000":    time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		"far":      time.Unix(1<<60, 0),
		"far past": time.Unix(-1<<60, 0),
	} {
		if text, err := c.Seal(clientSession, nil, never); err == nil || text != "" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

func TestClientStateCaps(t *testing.T) {
	c := newClientState(t, 1)
	data := strings.Repeat("x", MaxClientState)
	text := c.sealed(t, data)
	if len(text) != 3839 {
		t.Errorf("the longest token has %d bytes", len(text))
	}
	c.opens(t, "the longest", text, data)

	none, err := c.Seal(clientSession, []byte(data+"x"), clientNow.Add(time.Hour))
	if !errors.Is(err, sessionstore.ErrTooLarge) || none != "" || StatusOf(err) != 413 {
		t.Errorf("too much: %q, %v", none, err)
	} else if !strings.Contains(err.Error(), "2817") || !strings.Contains(err.Error(), "2816") {
		t.Errorf("the error does not tell the numbers: %v", err)
	}

	// One that only somebody with the key can have made.
	body := clientBody(text)
	aead, err := c.keys()[0].sealer(body[4:24])
	if err != nil {
		t.Fatal(err)
	}
	plain := binary.BigEndian.AppendUint64(nil, uint64(clientNow.Add(time.Hour).UnixMilli()))
	long := aead.Seal(body[:24], nil, append(plain, data+"x"...), clientStateBinding(clientSession))
	c.refuses(t, "too long", clientText(long))

	huge := "sjd_" + strings.Repeat("A", 1<<20)
	if n := testing.AllocsPerRun(10, func() { c.refuses(t, "huge", huge) }); n != 0 {
		t.Errorf("%v allocations to refuse a huge token", n)
	}
}

func TestNewClientState(t *testing.T) {
	keys := func(n int) (keys [][]byte) {
		for i := range n {
			keys = append(keys, clientKeyNo(i))
		}
		return keys
	}
	for name, tt := range map[string]struct {
		keys   [][]byte
		faults []string
	}{
		"none":     {nil, []string{"0 keys, want 1 to 16"}},
		"too many": {keys(17), []string{"17 keys, want 1 to 16"}},
		"nil":      {[][]byte{nil}, []string{"key 1 has 0 bytes, want 32"}},
		"all at once": {
			append(keys(14), clientKeyNo(3), make([]byte, 32), clientKeyNo(7)[:31], append(clientKeyNo(8), 0), clientKeyNo(3)),
			[]string{
				"19 keys, want 1 to 16", "key 15 is key 4 again", "key 16 is all zero",
				"key 17 has 31 bytes, want 32", "key 18 has 33 bytes, want 32", "key 19 is key 4 again",
			},
		},
	} {
		c, err := NewClientState(tt.keys...)
		if err == nil || c != nil {
			t.Errorf("%s: no error", name)
			continue
		}
		want := "middleware: client state: " + strings.Join(tt.faults, "\nmiddleware: client state: ")
		if err.Error() != want {
			t.Errorf("%s: %v\nwant\n%v", name, err, want)
		}
	}
	if _, err := NewClientState(keys(16)...); err != nil {
		t.Error(err)
	}

	// What the caller does with a key afterwards is of no consequence.
	key := clientKeyNo(1)
	c, err := NewClientState(key)
	if err != nil {
		t.Fatal(err)
	}
	clear(key)
	c.opens(t, "its own", newClientState(t, 1).sealed(t, "sencha"), "sencha")

	var zero ClientState
	zero.refuses(t, "no keys", c.sealed(t, "sencha"))
	if text, err := zero.Seal(clientSession, nil, clientNow); err == nil || text != "" {
		t.Errorf("sealed without a key: %q, %v", text, err)
	}
}

func TestI4ClientStateKeysAreNeverPrinted(t *testing.T) {
	c := newClientState(t, 1)
	type exported struct {
		State *ClientState
		Value ClientState
	}
	type unexported struct {
		state *ClientState
		value ClientState
		list  []ClientState
		any   any
	}
	open, closed := exported{c, *c}, unexported{c, *c, []ClientState{*c}, *c}
	var logged bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&logged, nil), slog.NewTextHandler(&logged, nil)} {
		slog.New(h).Info("all", slog.Any("pointer", c), slog.Any("value", *c), slog.Any("open", open), slog.Any("closed", closed))
	}
	marshalled, err := json.Marshal([]any{c, *c, open, closed})
	if err != nil {
		t.Fatal(err)
	}
	out := logged.String() + string(marshalled) + c.String() + c.GoString() + fmt.Sprint(c, *c, open, closed)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%08b", "%p"} {
		out += fmt.Sprintf(verb+verb+verb, open, closed, &closed)
		if s := fmt.Sprintf(verb+verb, c, *c); s != redacted+redacted && verb != "%p" {
			t.Errorf("%s prints %s", verb, s)
		}
	}
	key := clientKeyNo(1)
	for name, leak := range map[string]string{
		"hex":     fmt.Sprintf("%x", key[:4]),
		"HEX":     fmt.Sprintf("%X", key[:4]),
		"Go":      strings.TrimSuffix(fmt.Sprintf("%#v", key[:4])[7:], "}"),
		"decimal": strings.Trim(fmt.Sprintf("%d", key[:4]), "[]"),
		"json":    strings.ReplaceAll(strings.Trim(fmt.Sprintf("%d", key[:4]), "[]"), " ", ","),
		"base64":  base64.RawStdEncoding.EncodeToString(key)[:8],
		"string":  string(key[:4]),
		"binary":  strings.Trim(fmt.Sprintf("%08b", key[:4]), "[]"),
	} {
		if strings.Contains(out, leak) {
			t.Errorf("printed as %s", name)
		}
	}
	if n := strings.Count(out, redacted); n < 10 {
		t.Errorf("%q appears %d times in %s", redacted, n, out)
	}
}

func TestClientStateConcurrently(t *testing.T) {
	c := newClientState(t, 1, 2)
	shared := c.sealed(t, "shared")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 50 {
				data := fmt.Sprint(i, " ", j)
				c.opens(t, "own", c.sealed(t, data), data)
				c.opens(t, "shared", shared, "shared")
				c.refuses(t, "cut", shared[:len(shared)-1-j])
			}
		})
	}
	group.Wait()
}

// clientGolden are tokens under key 100, for clientSession, until the end of the
// year 9999. They are constants so that all processes of the fuzzer know them,
// and because tokens in the hands of clients outlive a version.
var clientGolden = map[string]string{
	"sjd_LGJMFTwtu3AR0-OPHSZSSGj1i2xKBJiKYU4ioTARZCjU5rSzqJZvP_RXQV4iIoczcaQSDAFlm54O9-vJ":         "",
	"sjd_LGJMFfwvH27NVP9bittyBJ5LE9GGj9WqXBDKUzor5pBAB-bJq1g5PK1_tpB6Nq7LCYM6P3oFmX3XG8hK8Q":       "a",
	"sjd_LGJMFdqfdHkXphqhbWzlLsIH6fuND7QWlfuH6g-CMOQRq1mRqALxCcoOBEs3v_XtnAwQurfWFaz9x2gWaDg":      "ab",
	"sjd_LGJMFViGOaOXV63AiBslOnAOTvplCC_Gna28QyIHN1hAtfiTNYw5ukRoPzQvRbzM2m6bYw8v_CWLssfRcAJ1PyN4": "sencha",
}

// Nothing opens but what was sealed, letter by letter.
func FuzzClientStateOpen(f *testing.F) {
	c := newClientState(f, 100, 1)
	for text := range clientGolden {
		f.Add(text)
		f.Add(text[:len(text)-1] + "\n")
		f.Add(text + "\n")
		f.Add("sjc_" + text[4:])
	}
	f.Add("sjd_")
	f.Add("sjd_" + strings.Repeat("\n", maxClientStateToken-4))
	id := c.keys()[0].id
	f.Add(clientText(append(id[:], make([]byte, clientStateOverhead)...)))
	f.Fuzz(func(t *testing.T, text string) {
		if data, sealed := clientGolden[text]; sealed {
			c.opens(t, "golden", text, data)
		} else {
			c.refuses(t, "not sealed", text)
		}
	})
}

func BenchmarkClientState(b *testing.B) {
	c := newClientState(b, 1, 2)
	for _, size := range []int{64, MaxClientState} {
		data := bytes.Repeat([]byte("x"), size)
		text := c.sealed(b, string(data))
		b.Run(fmt.Sprint("Seal/", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Seal(clientSession, data, clientNow); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprint("Open/", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Open(clientSession, text, clientNow); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	junk := clientText(make([]byte, 100))
	b.Run("Open/junk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.refuses(b, "junk", junk)
		}
	})
}
