package token

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzTakeApart: what is accepted has one spelling, and its JSON means the same
// to encoding/json.
func FuzzTakeApart(f *testing.F) {
	for _, s := range []string{
		"", "..", "e30.e30.", ".e30.AA", "e30..AA", "e30.e30.AA",
		"e30." + strict.EncodeToString([]byte("{}"+strings.Repeat(" ", maxToken))) + ".AA", "e30.e30.AB", "e30.e30", "e30.e30.AA.", "e30=.e30.AA", "e30.e30\n.AA",
		strict.EncodeToString([]byte(`{"alg":"none","Alg":1}`)) + ".e30.AA",
		strict.EncodeToString([]byte(`{"alg":"HS256","typ":"at+jwt","kid":"k"}`)) + "." + rfc7515Claims + ".AA",
		"e30." + strict.EncodeToString([]byte(`{"a":[1,{"b":"\u0061\"","c":-1.5e-3}, true ,null], "d" : {} }`)) + ".AA",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := takeApart(raw, accessParameters)
		if err != nil {
			return
		}
		segments := strings.Split(raw, ".")
		if len(segments) != 3 || len(raw) > maxToken || segments[2] == "" || strict.EncodeToString(p.claims) != segments[1] {
			t.Fatalf("accepted in another spelling")
		}
		for name := range p.header {
			if !slices.Contains([]string{"alg", "typ", "kid"}, name) {
				t.Fatalf("accepted with the parameter %q", name)
			}
		}
		header, err := strict.DecodeString(segments[0])
		if err != nil {
			t.Fatal(err)
		}
		var decoded members
		if err := json.Unmarshal(header, &decoded); err != nil || !reflect.DeepEqual(decoded, p.header) {
			t.Fatalf("encoding/json reads %s, not %s (%v)", decoded, p.header, err)
		}
	})
}

// FuzzObject: an object is accepted if and only if a reader that takes it word
// by word finds nothing wrong.
func FuzzObject(f *testing.F) {
	for _, s := range []string{
		`{}`, ` { "a" : 1 , "b" : [ 1 , { } , "x" ] } `, `{"a":1,"A":2}`, `{"s":1,"ſ":2}`, `{"k":1,"\u212a":2}`, `{"a":{"b":1,"b":2}}`,
		`{"a":[[[[[[[[1]]]]]]]]}`, `{"a":[[[[[[[1]]]]]]]}`, `[]`, `null`, `{}{}`, `{"a":"\\\""}`, `{"":0,"\u0000":-1.5E+9}`, "{\"\xff\":1}",
		manyMembers(maxMembers), manyMembers(maxMembers + 1), `{"a":"\ud800","b":true}`, `{"a":[1,2,3],"b":[[],[],{}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := object(b)
		wanted := readObject(b)
		if (err == nil) != (wanted == nil) {
			t.Fatalf("%q: %v, the other reader says %v", b, err, wanted)
		}
		if err != nil {
			return
		}
		var decoded members
		if err := json.Unmarshal(b, &decoded); err != nil || !reflect.DeepEqual(m, decoded) {
			t.Fatalf("%q: encoding/json reads %s, not %s (%v)", b, decoded, m, err)
		}
		for name := range m {
			var want string
			isString := json.Unmarshal(m[name], &want) == nil && m[name][0] == '"'
			if got, err := m.text(name); got != want && isString || (err == nil) != isString {
				t.Fatalf("%s: %q is %q, not %q (%v)", b, name, got, want, err)
			}
		}
	})
}

// manyMembers returns an object that has so many.
func manyMembers(n int) string {
	s := `{"0":0`
	for i := 1; i < n; i++ {
		s += fmt.Sprintf(`,"%d":0`, i)
	}
	return s + "}"
}

// readObject is object by the words that json.Decoder returns.
func readObject(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := readValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something behind it")
	}
	var m members
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	if m == nil || !utf8.Valid(b) {
		return errors.New("null, or not UTF-8")
	}
	return nil
}

func readValue(d *json.Decoder, depth int) error {
	if depth > maxDepth {
		return errors.New("too deep")
	}
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	var names []string
	for d.More() {
		if open == '{' {
			t, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := t.(string)
			if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) || len(names) == maxMembers {
				return errors.New("twice, or too many")
			}
			names = append(names, name)
		}
		if err := readValue(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// FuzzJWK: a key that is accepted can be used, is written as it was read, and
// has the same thumbprint then.
func FuzzJWK(f *testing.F) {
	for _, material := range []any{rfc8037Ed(f).Public(), rfc7515EC(f).Public(), rfc7515RSA(f).Public()} {
		_, k, err := newJWK(material)
		if err != nil {
			f.Fatal(err)
		}
		text, err := json.Marshal(k)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(bytes.Replace(text, []byte("{"), []byte(`{"use":"sig","key_ops":["verify"],`), 1))
	}
	f.Add([]byte(`{"kty":"oct","k":"AA"}`))
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := object(b)
		if err != nil {
			return
		}
		alg, public, err := m.public()
		if err != nil {
			return
		}
		k, err := NewKey("", public)
		if err != nil || k.Algorithm() != alg || k.CanSign() {
			t.Fatalf("accepted, but no good as a key for %s: %v", alg, err)
		}
		if r, ok := public.(*rsa.PublicKey); ok && (r.N.BitLen() < minRSA || r.N.BitLen() > maxRSA) {
			t.Fatalf("RSA of %d bits", r.N.BitLen())
		}
		if method(alg).Verify("text", make([]byte, 64), public) == nil {
			t.Skip("64 zeros are a signature under this key: whoever made it wanted that")
		}
		text, err := json.Marshal(k.k.jwk)
		if err != nil {
			t.Fatal(err)
		}
		again, err := object(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"kty", "crv", "x", "y", "n", "e"} {
			if !bytes.Equal(m[name], again[name]) && len(again[name]) > 0 && !bytes.ContainsRune(m[name], '\\') {
				t.Fatalf("%s was %s and is written as %s", name, m[name], again[name])
			}
		}
		if _, same, err := again.public(); err != nil || !reflect.DeepEqual(same, public) {
			t.Fatalf("written as %s, which is not the same key: %v", text, err)
		}
	})
}
