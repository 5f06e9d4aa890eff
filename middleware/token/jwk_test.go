package token

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestJWKRefuses: what looks like a public key and is not a good one.
func TestJWKRefuses(t *testing.T) {
	rsaJWK := func(n, e string) string { return `{"kty":"RSA","n":"` + n + `","e":"` + e + `"}` }
	modulus := func(size int, first, last byte) string {
		b := make([]byte, size)
		b[0], b[size-1] = first, last
		return strict.EncodeToString(b)
	}
	const (
		x  = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"
		y  = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"
		ec = `{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `"`
	)
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"P-256":                        {ec + `}`, true},
		"P-256 for signatures":         {ec + `,"use":"sig","alg":"ES256","key_ops":["verify"],"kid":"k","x5c":[]}`, true},
		"RSA of 2048 bits":             {rsaJWK(modulus(256, 0x80, 1), "AQAB"), true},
		"RSA of 4096 bits":             {rsaJWK(modulus(512, 0x80, 1), "AQAB"), true},
		"RSA with the largest e":       {rsaJWK(modulus(256, 0x80, 1), "f____w"), true},
		"RSA of 2047 bits":             {rsaJWK(modulus(256, 0x7f, 1), "AQAB"), false},
		"RSA of 4104 bits":             {rsaJWK(modulus(513, 0x80, 1), "AQAB"), false},
		"RSA, even":                    {rsaJWK(modulus(256, 0x80, 2), "AQAB"), false},
		"RSA with a leading zero":      {rsaJWK(modulus(257, 0, 1), "AQAB"), false},
		"RSA, e with a leading zero":   {rsaJWK(modulus(256, 0x80, 1), "AAEAAQ"), false},
		"RSA, e of 1":                  {rsaJWK(modulus(256, 0x80, 1), "AQ"), false},
		"RSA, e even":                  {rsaJWK(modulus(256, 0x80, 1), "AQAA"), false},
		"RSA, e over 31 bits":          {rsaJWK(modulus(256, 0x80, 1), "gAAAAQ"), false},
		"RSA, e of 5 bytes":            {rsaJWK(modulus(256, 0x80, 1), "AQAAAAE"), false},
		"RSA, e of 9 bytes":            {rsaJWK(modulus(256, 0x80, 1), "AQAAAAAAAQAB"), false},
		"RSA without e":                {`{"kty":"RSA","n":"` + modulus(256, 0x80, 1) + `"}`, false},
		"RSA, padded":                  {rsaJWK(modulus(256, 0x80, 1)+"==", "AQAB"), false},
		"P-256 off the curve":          {strings.Replace(ec, x, y, 1) + `}`, false},
		"P-256 at infinity":            {strings.NewReplacer(x, strings.Repeat("A", 43), y, strings.Repeat("A", 43)).Replace(ec) + `}`, false},
		"P-256, 31 bytes":              {strings.Replace(ec, x, x[:41], 1) + `}`, false},
		"P-256, 33 bytes":              {strings.Replace(ec, x, "AA"+x[:42], 1) + `}`, false},
		"P-256 without y":              {`{"kty":"EC","crv":"P-256","x":"` + x + `"}`, false},
		"P-256 that says P-384":        {strings.Replace(ec, "P-256", "P-384", 1) + `}`, false},
		"P-256 that says secp256k1":    {strings.Replace(ec, "P-256", "secp256k1", 1) + `}`, false},
		"P-256, a number":              {strings.Replace(ec, `"`+x+`"`, "1", 1) + `}`, false},
		"Ed25519 of 31 bytes":          {`{"kty":"OKP","crv":"Ed25519","x":"` + x[:41] + `"}`, false},
		"Ed448":                        {`{"kty":"OKP","crv":"Ed448","x":"` + x + `"}`, false},
		"X25519":                       {`{"kty":"OKP","crv":"X25519","x":"` + x + `"}`, false},
		"a kty in another case":        {strings.Replace(ec, "EC", "ec", 1) + `}`, false},
		"no kty":                       {`{"crv":"P-256"}`, false},
		"kty null":                     {strings.Replace(ec, `"EC"`, "null", 1) + `}`, false},
		"a secret":                     {`{"kty":"oct","k":"AA"}`, false},
		"to encrypt":                   {ec + `,"use":"enc"}`, false},
		"use null":                     {ec + `,"use":null}`, false},
		"for ES384":                    {ec + `,"alg":"ES384"}`, false},
		"alg empty":                    {ec + `,"alg":""}`, false},
		"to sign":                      {ec + `,"key_ops":["sign"]}`, false},
		"to do nothing":                {ec + `,"key_ops":[]}`, false},
		"to do what is no array":       {ec + `,"key_ops":"verify"}`, false},
		"private, d":                   {ec + `,"d":"AA"}`, false},
		"private, d empty":             {ec + `,"d":""}`, false},
		"private, d null":              {ec + `,"d":null}`, false},
		"private, k":                   {ec + `,"k":"AA"}`, false},
		"private, p":                   {rsaJWK(modulus(256, 0x80, 1), `AQAB","p":"AA`), false},
		"private, by another spelling": {ec + `,"\u0064":"AA"}`, false},
	} {
		m, err := object([]byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		alg, k, err := m.public()
		if (err == nil) != c.ok || (k != nil) != c.ok || (alg != "") != c.ok {
			t.Errorf("%s: %v %v %v", name, alg, k, err)
		}
		if strings.HasPrefix(name, "private") && !errors.Is(err, errPrivate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNotBefore: nbf counts, without the cache and with it, although Sign writes
// none.
func TestNotBefore(t *testing.T) {
	k, err := NewKey("k", rfc7515HMAC(t))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys(k)
	if err != nil {
		t.Fatal(err)
	}
	iat := time.Date(2026, 8, 23, 12, 0, 0, 0, time.UTC)
	nbf := iat.Add(10 * time.Minute)
	a := Access{
		Issuer: "i", Subject: "s", Audience: "a", ClientID: "c", ID: "j", Session: strings.Repeat("A", 22),
		IssuedAt: iat, Expires: iat.Add(time.Hour),
	}
	var claims map[string]any
	if err := json.Unmarshal(a.encode(), &claims); err != nil {
		t.Fatal(err)
	}
	claims["nbf"] = nbf.Unix()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	message := k.k.header + "." + strict.EncodeToString(text)
	sig, err := k.k.sign(message)
	if err != nil {
		t.Fatal(err)
	}
	raw := message + "." + strict.EncodeToString(sig)
	for _, size := range []int{-1, 0} {
		v, err := NewVerifier(keys, VerifierOptions{Issuer: "i", Audience: "a", CacheSize: size})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			at time.Time
			ok bool
		}{
			{nbf.Add(-v.leeway - 1), false},
			{nbf.Add(-v.leeway), true},
			{nbf.Add(-v.leeway - 1), false},
			{iat, false},
			{nbf, true},
		} {
			if _, err := v.Verify(raw, c.at); (err == nil) != c.ok {
				t.Errorf("cache %d, at %v: %v", size, c.at, err)
			}
		}
	}
}
