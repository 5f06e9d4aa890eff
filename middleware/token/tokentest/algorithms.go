package tokentest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// algorithms: the header says how the signature is to be checked, and lies
// (RFC 8725 §2.1).
func (f *forge) algorithms(keys []Key) {
	message := f.raw[:strings.LastIndex(f.raw, ".")]
	good := f.raw[len(message):]
	for _, alg := range []any{
		"none", "None", "NONE", "nOnE", "noNe", "none ", " none", "none\x00", "",
		nil, absent, 0, true,
		[]string{f.alg},
		map[string]string{"name": f.alg},
		strings.ToLower(f.alg) + " ", f.alg + "\x00", "HS1", "HS384", "RS1", "ES256K", "Ed25519", "Ed448", "dir", "A256KW",
	} {
		segments := encode(text(with(f.header(), "alg", alg))) + "." + encode(text(f.claims))
		name := fmt.Sprintf("alg %q", fmt.Sprint(alg))
		f.add(name+" without a signature", segments+".")
		f.add(name+" with the signature of the valid token", segments+good)
		f.add(name+" with a signature of its own", f.signText(segments))
	}
	f.add("alg none, minimal header", encode(`{"alg":"none"}`)+"."+encode(text(f.claims))+".")

	for _, k := range keys {
		f.confusion(k)
		f.impostor(k)
		for _, other := range keys {
			if other.ID != k.ID {
				f.crossed(k, other)
			}
		}
	}
}

// forKey signs with a key that may not be the first, and says it was another.
func (f *forge) forKey(name string, k Key, alg, signedAs string, private any) {
	header := map[string]any{"alg": alg, "kid": k.ID, "typ": "at+jwt"}
	message := encode(text(header)) + "." + encode(text(f.claims))
	f.add(fmt.Sprintf("key %s: %s", k.ID, name), message+"."+encode(signature(signedAs, private, message)))
}

// confusion takes what is public for a secret, and a key for one of another
// algorithm.
func (f *forge) confusion(k Key) {
	for _, s := range publicForms(k) {
		for _, alg := range []string{"HS256", "HS384", "HS512"} {
			f.forKey("HMAC by "+alg+" with "+s.Name, k, alg, alg, []byte(s.Token))
		}
	}
	own := string(must(token.NewKey(k.ID, k.Private)).Algorithm())
	others := map[string][]string{
		"RS256": {"RS384", "RS512", "PS256", "PS384", "PS512"},
		"HS256": {"HS384", "HS512"},
	}
	for _, alg := range others[own] {
		f.forKey(alg+" by the same key", k, alg, alg, k.Private)
		f.forKey(alg+" that says "+own, k, own, alg, k.Private)
		f.forKey(own+" that says "+alg, k, alg, own, k.Private)
	}
	for _, curve := range []elliptic.Curve{elliptic.P384(), elliptic.P521()} {
		other := must(ecdsa.GenerateKey(curve, rand.Reader))
		alg := map[int]string{384: "ES384", 521: "ES512"}[curve.Params().BitSize]
		f.forKey(alg+" by a key on "+curve.Params().Name, k, alg, alg, other)
		f.forKey(alg+" by a key on "+curve.Params().Name+" that says "+own, k, own, alg, other)
	}
}

// impostor signs by another key under the same ID.
func (f *forge) impostor(k Key) {
	_, edwards := must2(ed25519.GenerateKey(nil))
	nist := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	own := string(must(token.NewKey(k.ID, k.Private)).Algorithm())
	for alg, private := range map[string]any{"EdDSA": edwards, "ES256": nist, "HS256": []byte(rand.Text())} {
		f.forKey("another key for "+alg, k, alg, alg, private)
		if alg != own {
			f.forKey("another key for "+alg+" that says "+own, k, own, alg, private)
		}
	}
}

// crossed signs by one key of the ring under the ID of another.
func (f *forge) crossed(k, other Key) {
	own := string(must(token.NewKey(k.ID, k.Private)).Algorithm())
	alg := string(must(token.NewKey(other.ID, other.Private)).Algorithm())
	f.forKey("signed by key "+other.ID, k, alg, alg, other.Private)
	if alg != own {
		f.forKey("signed by key "+other.ID+", says "+own, k, own, alg, other.Private)
	}
}

// publicForms are the spellings of a public key that a verifier could take for
// the secret of an HMAC, and other secrets that anyone can guess.
func publicForms(k Key) []Case {
	forms := []Case{{"the ID of the key", k.ID}, {"no secret", ""}, {"32 zeros", strings.Repeat("\x00", 32)}}
	signer, ok := k.Private.(crypto.Signer)
	if !ok {
		return forms
	}
	add := func(name, form string) { forms = append(forms, Case{name, form}) }
	armored := func(name, kind string, der []byte) {
		block := string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		add("the public key as "+name+" DER", string(der))
		add("the public key as "+name+" PEM", block)
		add("the public key as "+name+" PEM without the last line break", strings.TrimSpace(block))
		add("the public key as "+name+" PEM with CRLF", strings.ReplaceAll(block, "\n", "\r\n"))
	}
	armored("PKIX", "PUBLIC KEY", must(x509.MarshalPKIXPublicKey(signer.Public())))
	switch public := signer.Public().(type) {
	case *rsa.PublicKey:
		armored("PKCS1", "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public))
		add("the modulus", string(public.N.Bytes()))
	case *ecdsa.PublicKey:
		add("the point", string(must(public.Bytes())))
	case ed25519.PublicKey:
		add("the point", string(public))
	}
	whole := publicJWK(k)
	add("the JWK", string(whole))
	var m map[string]any
	if err := json.Unmarshal(whole, &m); err != nil {
		panic(err)
	}
	for _, name := range []string{"kid", "alg", "use"} {
		delete(m, name)
	}
	add("the JWK of RFC 7638", text(m))
	add("the thumbprint", must(token.Thumbprint(signer.Public())))
	return forms
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic("tokentest: " + err.Error())
	}
	return a, b
}
