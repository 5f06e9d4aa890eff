package tokentest

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// TestForge: what the forge signs is accepted as long as nothing is wrong with
// it. Otherwise the hostile tokens might be refused for what they have in
// common.
func TestForge(t *testing.T) {
	issued := time.Date(2026, 8, 23, 12, 0, 0, 0, time.UTC)
	valid := token.Access{
		Issuer: "https://shop.example", Subject: "ada", Audience: "api", ClientID: "app", ID: "1", Session: "AAECAwQFBgcICQoLDA0ODw",
		IssuedAt: issued, Expires: issued.Add(time.Hour), AMR: []string{"pwd"}, ACR: "aal1", Authenticated: issued,
	}
	_, private := must2(ed25519.GenerateKey(nil))
	key := Key{"k", private}
	keys := must(token.NewKeys(must(token.NewKey(key.ID, key.Private))))
	v := must(token.NewVerifier(keys, token.VerifierOptions{Issuer: valid.Issuer, Audience: valid.Audience}))
	f := newForge(valid, key)
	f.add("valid", f.raw)
	f.add("in another order", f.sign(f.header(), f.claims))
	f.add("with spaces", f.sign(" "+text(f.header())+"\n", "\t"+text(f.claims)+strings.Repeat(" ", 4<<10)))
	f.add("with escapes", f.sign(strings.Replace(text(f.header()), "alg", `\u0061lg`, 1), strings.Replace(text(f.claims), "sub", `\u0073ub`, 1)))
	f.withHeader("the long form of typ", "typ", "application/at+jwt")
	f.withClaim("a claim that is not known", "x", map[string]any{"a": []int{1}})
	f.withClaim("eight levels", "x", raw("[[[[[[[1]]]]]]]"))
	f.withClaim("a character outside of ASCII", "sub", "Ádá 𝄞")
	f.withClaim("a key", "cnf", map[string]string{"jkt": strings.Repeat("A", 43)})
	f.withClaim("an array of one audience", "aud", []string{valid.Audience})
	f.withClaim("no acr", "acr", absent)
	f.withClaim("no amr", "amr", absent)
	f.withClaim("no auth_time", "auth_time", absent)
	f.withClaim("nbf", "nbf", issued.Unix())
	f.withClaim("a life of a day", "exp", issued.Add(24*time.Hour).Unix())
	f.withClaim("512 bytes", "sub", strings.Repeat("a", 512))
	f.withClaim("the last epoch", "sj_epoch", 1<<53-1)
	for _, c := range f.cases {
		if _, err := v.Verify(c.Token, issued.Add(time.Minute)); err != nil {
			t.Errorf("%s: refused: %v", c.Name, err)
		}
	}
}
