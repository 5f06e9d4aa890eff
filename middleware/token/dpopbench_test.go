package token

import (
	"crypto"
	"strings"
	"testing"
)

func BenchmarkVerifyProof(b *testing.B) {
	for _, key := range []crypto.Signer{proofEd, proofEC, proofRSA} {
		b.Run(proofAlg(key), func(b *testing.B) {
			d := newProofDraft(b, key)
			d.want.Nonces = testNonces(b, 1)
			d.claims["nonce"] = d.want.Nonces.Next(d.now)
			header := proofHeader(d.build(b))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := VerifyProof(header, d.want, d.now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What junk costs, before there is a signature to check.
func BenchmarkVerifyProofJunk(b *testing.B) {
	d := newProofDraft(b, proofEC)
	proof := d.build(b)
	for name, raw := range map[string]string{"cut": proof[:300], "largest": strings.Repeat("A", maxToken)} {
		b.Run(name, func(b *testing.B) {
			header := proofHeader(raw)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := VerifyProof(header, d.want, d.now); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

func BenchmarkNewProof(b *testing.B) {
	for _, key := range []crypto.Signer{proofEd, proofEC} {
		b.Run(proofAlg(key), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NewProof(key, "POST", proofURL, proofToken, "nonce", proofNow); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNonces(b *testing.B) {
	n := testNonces(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		if !n.Valid(n.Next(proofNow), proofNow) {
			b.Fatal("refused")
		}
	}
}
