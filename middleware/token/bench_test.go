package token_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/middleware/token/tokentest"
)

func BenchmarkSign(b *testing.B) {
	for _, alg := range algorithms {
		b.Run(string(alg), func(b *testing.B) {
			keys := newKeys(b, keyFor(b, alg))
			a := access()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := keys.Sign(a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerify: a hit finds the token in the cache, a miss checks all of it.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range algorithms {
		keys := newKeys(b, keyFor(b, alg))
		raw := sign(b, keys, access())
		for name, size := range map[string]int{"hit": 0, "miss": -1} {
			v := newVerifier(b, keys, token.VerifierOptions{CacheSize: size})
			b.Run(name+"/"+string(alg), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := v.Verify(raw, now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	keys := newKeys(b, keyFor(b, token.EdDSA))
	raw := sign(b, keys, access())
	v := newVerifier(b, keys, token.VerifierOptions{})
	b.Run("hit/parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := v.Verify(raw, now); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkVerifyHostile: the mean over all hostile tokens, of which some have
// 4 MiB.
func BenchmarkVerifyHostile(b *testing.B) {
	v := newVerifier(b, newKeys(b, keyFor(b, token.EdDSA)), token.VerifierOptions{})
	cases := tokentest.Hostile(access(), tokentest.Key{ID: "eddsa", Private: token.Materials(b)[token.EdDSA]})
	for n := 0; b.Loop(); n++ {
		if _, err := v.Verify(cases[n%len(cases)].Token, now); err == nil {
			b.Fatal(cases[n%len(cases)].Name)
		}
	}
}
