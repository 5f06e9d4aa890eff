package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
)

// The claims of RFC 7515 A.1 to A.3.
const rfc7515Claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

// rfc7515RSA is the key of RFC 7515 A.2.1, of 2048 bits.
func rfc7515RSA(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{
			N: number(t, "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx"+
				"HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs"+
				"D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSH"+
				"SXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"+
				"MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8"+
				"NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
			E: 65537,
		},
		D: number(t, "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97I"+
			"jlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0"+
			"BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn"+
			"439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYT"+
			"CBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLh"+
			"BOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"),
		Primes: []*big.Int{
			number(t, "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdi"+
				"YrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPG"+
				"BY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"),
			number(t, "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxa"+
				"ewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA"+
				"-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"),
		},
	}
	k.Precompute()
	if err := k.Validate(); err != nil {
		t.Fatal(err)
	}
	return k
}

// rfc7515EC is the key of RFC 7515 A.3.1.
func rfc7515EC(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytesOf(t, "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// rfc8037Ed is the key of RFC 8037 A.1.
func rfc8037Ed(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	return ed25519.NewKeyFromSeed(bytesOf(t, "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
}

// rfc7515HMAC is the key of RFC 7515 A.1.1.
func rfc7515HMAC(t testing.TB) []byte {
	t.Helper()
	return bytesOf(t, "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
}

func bytesOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := decode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func number(t testing.TB, s string) *big.Int {
	t.Helper()
	return new(big.Int).SetBytes(bytesOf(t, s))
}

// TestRFCSignatures: the tokens of RFC 7515 A.1 to A.3 and of RFC 8037 A.4
// verify under their keys, and those of deterministic algorithms come out the
// same when they are signed here.
func TestRFCSignatures(t *testing.T) {
	for _, c := range []struct {
		name          string
		material      any
		header        string
		claims        string
		sig           string
		deterministic bool
	}{
		{
			"7515 A.1 HS256", rfc7515HMAC(t), "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", rfc7515Claims,
			"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", true,
		},
		{
			"7515 A.2 RS256", rfc7515RSA(t), "eyJhbGciOiJSUzI1NiJ9", rfc7515Claims,
			"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7" +
				"AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4" +
				"BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K" +
				"0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv" +
				"hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB" +
				"p0igcN_IoypGlUPQGe77Rw", true,
		},
		{
			"7515 A.3 ES256", rfc7515EC(t), "eyJhbGciOiJFUzI1NiJ9", rfc7515Claims,
			"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q", false,
		},
		{
			"8037 A.4 EdDSA", rfc8037Ed(t), "eyJhbGciOiJFZERTQSJ9", "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
			"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg", true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := NewKey("rfc", c.material)
			if err != nil {
				t.Fatal(err)
			}
			message := c.header + "." + c.claims
			if err := method(k.k.alg).Verify(message, bytesOf(t, c.sig), k.k.verify()); err != nil {
				t.Errorf("the signature of the RFC is refused: %v", err)
			}
			sig, err := k.k.sign(message)
			if err != nil {
				t.Fatal(err)
			}
			if got := strict.EncodeToString(sig); c.deterministic && got != c.sig {
				t.Errorf("signed %s, the RFC has %s", got, c.sig)
			}
			again, err := k.k.sign(message)
			if err != nil || string(again) != string(sig) {
				t.Errorf("signing twice gives two signatures (%v)", err)
			}
			_, err = takeApart(message+"."+c.sig, only("alg", "typ"))
			// The text that RFC 8037 signs is not JSON.
			if (err == nil) != strings.HasPrefix(c.name, "7515") {
				t.Errorf("takeApart: %v", err)
			}
		})
	}
}

// TestRFC6979Deterministic: ES256 signs as A.2.5 has it, for the message
// "sample".
func TestRFC6979Deterministic(t *testing.T) {
	scalar, err := hex.DecodeString("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
	if err != nil {
		t.Fatal(err)
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := signES256(private)("sample")
	if err != nil {
		t.Fatal(err)
	}
	const want = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
		"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
	if got := hex.EncodeToString(sig); got != want {
		t.Errorf("signed %s, the RFC has %s", got, want)
	}
}

func TestRFCThumbprints(t *testing.T) {
	for name, c := range map[string]struct {
		jwk  string
		want string
		alg  Algorithm
	}{
		"7638 §3.1": {`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbf` +
			`AAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6C` +
			`f0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-` +
			`bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",` +
			`"e":"AQAB","alg":"RS256","kid":"2011-04-29"}`, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", RS256},
		"8037 A.3": {
			`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
			"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", EdDSA,
		},
		"9449 §6.1": {
			`{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}`,
			"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", ES256,
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := object([]byte(c.jwk))
			if err != nil {
				t.Fatal(err)
			}
			alg, public, err := m.public()
			if err != nil || alg != c.alg {
				t.Fatalf("public: %v, %v", alg, err)
			}
			if got, err := Thumbprint(public); err != nil || got != c.want {
				t.Errorf("thumbprint %s, the RFC has %s (%v)", got, c.want, err)
			}
			if k, err := NewKey("", public); err != nil || k.ID() != c.want {
				t.Errorf("a key without an ID has the ID %q, not its thumbprint (%v)", k.ID(), err)
			}
		})
	}
}

// TestRFC8037PublicKey: the private key of A.1 has the public key of A.2.
func TestRFC8037PublicKey(t *testing.T) {
	_, k, err := newJWK(rfc8037Ed(t).Public())
	if err != nil || k.X != "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" {
		t.Errorf("x is %q (%v)", k.X, err)
	}
}
