package middleware

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"log/slog"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore"
)

func TestI4SecretIsNeverPrinted(t *testing.T) {
	s := newSecret()
	holder := struct{ Secret secret }{s}
	var logged bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	log.Info("direct", slog.Any("secret", s))
	log.Info("inside", slog.Any("holder", holder))
	marshalled, err := json.Marshal(map[string]any{"value": holder, "pointer": &s})
	if err != nil {
		t.Fatal(err)
	}
	asKey, err := json.Marshal(map[secret]int{s: 1})
	if err != nil {
		t.Fatal(err)
	}
	out := logged.String() + string(marshalled) + string(asKey)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%08b"} {
		out += fmt.Sprintf(verb+verb+verb, s, &s, holder)
	}
	out += s.String() + s.GoString() + fmt.Sprint(s, []secret{s})
	for name, leak := range map[string]string{
		"text":    s.text(),
		"hex":     fmt.Sprintf("%x", s[:8]),
		"HEX":     fmt.Sprintf("%X", s[:8]),
		"decimal": strings.Trim(fmt.Sprintf("%d", s[:4]), "[]"),
		"json":    strings.ReplaceAll(strings.Trim(fmt.Sprintf("%d", s[:4]), "[]"), " ", ","),
		"string":  string(s[:4]),
	} {
		if strings.Contains(out, leak) {
			t.Errorf("printed as %s", name)
		}
	}
	if n := strings.Count(out, redacted); n < 30 {
		t.Errorf("%q appears %d times in %s", redacted, n, out)
	}
}

func TestSecretText(t *testing.T) {
	s := newSecret()
	got, ok := parseSecret(s.text())
	if !ok || got != s {
		t.Fatalf("parseSecret(text) = %v, %v", got, ok)
	}
	if cookieToken.hash(s) != sha256.Sum256(append([]byte("sjc_"), s[:]...)) {
		t.Error("hash is not SHA-256 of the prefix and the bytes")
	}
	good := s.text()
	for name, text := range map[string]string{
		"empty":          "",
		"short":          good[:42],
		"long":           good + "A",
		"padded":         good + "=",
		"standard":       "+" + good[1:],
		"line break":     good[:20] + "\n" + good[21:],
		"line breaks":    good[:40] + "\r\n\n",
		"trailing bits":  good[:42] + otherTail(good[42]),
		"zero":           secret{}.text(),
		"not ASCII":      "é" + good[2:],
		"a cookie token": cookieToken.format(sessionstore.NewID(), s),
	} {
		if got, ok := parseSecret(text); ok || got != (secret{}) {
			t.Errorf("%s: accepted %q", name, text)
		}
	}
}

// otherTail returns a base64url digit that decodes to the same bytes as c at the
// end of 43 digits, to a decoder that is not strict.
func otherTail(c byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(digits[strings.IndexByte(digits, c)^1])
}

func TestToken(t *testing.T) {
	id, s := sessionstore.NewID(), newSecret()
	text := cookieToken.format(id, s)
	if len(text) != 74 || !strings.HasPrefix(text, "sjc_") {
		t.Fatalf("format: %d bytes, begins %q", len(text), text[:4])
	}
	gotID, got, ok := cookieToken.parse(text)
	if !ok || gotID != id || got != s {
		t.Fatalf("parse(format) = %v, %v, %v", gotID, got, ok)
	}

	// As documented, independently put together.
	body := append(append([]byte("sjc_"), id[:]...), s[:]...)
	body = binary.BigEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
	if want := "sjc_" + base64.RawURLEncoding.EncodeToString(body[4:]); text != want {
		t.Errorf("format is not prefix + base64url(ID ‖ secret ‖ CRC-32)")
	}
}

func TestTokenRefuses(t *testing.T) {
	const otherKind tokenKind = "sjr_"
	id, s := sessionstore.NewID(), newSecret()
	good := cookieToken.format(id, s)
	cases := map[string]string{
		"empty":             "",
		"prefix alone":      "sjc_",
		"short":             good[:len(good)-1],
		"long":              good + "A",
		"padded":            good + "==",
		"no prefix":         "xxxx" + good[4:],
		"other case":        "SJC_" + good[4:],
		"other kind":        otherKind.format(id, s),
		"other kind's body": "sjc_" + otherKind.format(id, s)[4:],
		"zero ID":           cookieToken.format(sessionstore.ID{}, s),
		"zero secret":       cookieToken.format(id, secret{}),
		"line break":        good[:30] + "\n" + good[31:],
		"NUL":               good[:30] + "\x00" + good[31:],
		"a secret":          s.text(),
	}
	for i := 4; i < len(good); i++ { // every digit counts, the last ones too
		c := byte('A')
		if good[i] == c {
			c = 'B'
		}
		cases[fmt.Sprintf("digit %d", i)] = good[:i] + string(c) + good[i+1:]
	}
	for name, text := range cases {
		if id, s, ok := cookieToken.parse(text); ok || id != (sessionstore.ID{}) || s != (secret{}) {
			t.Errorf("%s: accepted %q", name, text)
		}
	}
	if _, _, ok := otherKind.parse(good); ok {
		t.Error("a cookie token was accepted as another kind")
	}
}

func TestTokenParseDoesNotAllocate(t *testing.T) {
	good := cookieToken.format(sessionstore.NewID(), newSecret())
	bad := good[:len(good)-2] + "__"
	if n := testing.AllocsPerRun(100, func() {
		cookieToken.parse(good)
		cookieToken.parse(bad)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzTokenParse(f *testing.F) {
	f.Add(cookieToken.format(sessionstore.ID{1}, secret{2}))
	f.Add("sjc_" + strings.Repeat("\n", tokenTextLen))
	f.Fuzz(func(t *testing.T, text string) {
		id, s, ok := cookieToken.parse(text)
		if ok && cookieToken.format(id, s) != text {
			t.Errorf("%q is a second spelling", text)
		}
		if s, ok := parseSecret(text); ok && s.text() != text {
			t.Errorf("%q is a second spelling of a secret", text)
		}
	})
}

func BenchmarkTokenParse(b *testing.B) {
	text := cookieToken.format(sessionstore.NewID(), newSecret())
	b.ReportAllocs()
	for b.Loop() {
		cookieToken.parse(text)
	}
}
