package token

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The examples of RFC 9449: figures 2 and 13, and what it says of them in
// figures 4, 9 and 14.
const (
	rfcTokenProof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik" +
		"VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR" +
		"nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE" +
		"QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj" +
		"oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia" +
		"WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg" +
		"4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
	rfcResourceProof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik" +
		"VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR" +
		"nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE" +
		"QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj" +
		"oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z" +
		"WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF" +
		"c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E" +
		"OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
	rfcThumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
	rfcTokenHash  = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
)

func TestProofOfRFC9449(t *testing.T) {
	if got := tokenHash(proofToken); got != rfcTokenHash {
		t.Errorf("ath %s", got)
	}
	for _, c := range []struct {
		proof  string
		want   ProofRequest
		issued int64
		id     string
	}{
		{rfcTokenProof, ProofRequest{Method: "POST", URL: mustURL(t, "https://server.example.com/token")}, 1562262616, "-BwC3ESc6acc2lTc"},
		{rfcResourceProof, ProofRequest{
			Method: "GET", URL: mustURL(t, "https://resource.example.org/protectedresource"),
			AccessToken: proofToken, Thumbprint: rfcThumbprint,
		}, 1562262618, "e1j3V_bKic8-LAEB"},
	} {
		issued := time.Unix(c.issued, 0)
		p, err := VerifyProof(proofHeader(c.proof), c.want, issued)
		if err != nil || p.Thumbprint != rfcThumbprint || p.ID != c.id || !p.IssuedAt.Equal(issued) || p.Nonce != "" {
			t.Errorf("%s: %+v, %v", c.id, p, err)
		}
		if _, err := VerifyProof(proofHeader(c.proof), c.want, proofNow); !errors.Is(err, ErrProof) {
			t.Errorf("%s: years later: %v", c.id, err)
		}
	}
}

// What must be accepted: the leeway that RFC 9449 gives, and the parts of the
// conformance suite of the OpenID Foundation (FAPI 2) that expect success.
func TestProofAccepted(t *testing.T) {
	for name, change := range map[string]func(d *proofDraft){
		"as it is":                 func(*proofDraft) {},
		"oldest":                   func(d *proofDraft) { d.now = proofNow.Add(time.Minute) },
		"most ahead":               func(d *proofDraft) { d.now = proofNow.Add(-30 * time.Second) },
		"older by option":          func(d *proofDraft) { d.now, d.want.MaxAge = proofNow.Add(time.Hour), time.Hour },
		"ahead by option":          func(d *proofDraft) { d.now, d.want.MaxAhead = proofNow.Add(-time.Hour), time.Hour },
		"upper case scheme, host":  func(d *proofDraft) { d.claims["htu"] = "HTTPS://API.Example.COM/cart/7" },
		"default port":             func(d *proofDraft) { d.claims["htu"] = "https://api.example.com:443/cart/7" },
		"empty port":               func(d *proofDraft) { d.claims["htu"] = "https://api.example.com:/cart/7" },
		"needless encoding":        func(d *proofDraft) { d.claims["htu"] = "https://api.example.com/%63art/%37" },
		"query and fragment":       func(d *proofDraft) { d.claims["htu"] = proofURL + "?all#doors" },
		"other query":              func(d *proofDraft) { d.claims["htu"] = proofURL + "?page=9" },
		"unknown header parameter": func(d *proofDraft) { d.header["tx_id"] = 1800003600 },
		"unknown claim":            func(d *proofDraft) { d.claims["tx_id_key"] = 1800003600 },
		"exp and nbf":              func(d *proofDraft) { d.claims["exp"], d.claims["nbf"] = proofNow.Unix()+1, proofNow.Unix() },
		"nonce nobody asked for":   func(d *proofDraft) { d.claims["nonce"] = 7 },
		"longest jti":              func(d *proofDraft) { d.claims["jti"] = strings.Repeat("j", 128) },
		"no token, no ath":         func(d *proofDraft) { d.want.AccessToken = ""; delete(d.claims, "ath") },
		"no token, any key": func(d *proofDraft) {
			d.want.AccessToken, d.want.Thumbprint = "", ""
			delete(d.claims, "ath")
		},
	} {
		for alg, key := range map[string]crypto.Signer{"EdDSA": proofEd, "ES256": proofEC, "RS256": proofRSA} {
			t.Run(name+"/"+alg, func(t *testing.T) {
				d := newProofDraft(t, key)
				change(d)
				p, err := d.verify(t)
				if err != nil || p.Thumbprint != mustThumbprint(t, key) || p.ID != d.claims["jti"] || p.Nonce != "" {
					t.Errorf("%+v, %v", p, err)
				}
			})
		}
	}
}

func TestProofAlgorithmsAreThose(t *testing.T) {
	for _, key := range []crypto.Signer{proofEd, proofEC, proofRSA} {
		if !strings.Contains(" "+ProofAlgorithms+" ", " "+proofAlg(key)+" ") {
			t.Error(proofAlg(key))
		}
	}
}

// A replay is known by what was signed, not by the signature: whoever sees an
// ECDSA signature can make another one of it.
func TestProofReplayWord(t *testing.T) {
	word := func(change func(d *proofDraft)) string {
		t.Helper()
		d := newProofDraft(t, proofEC)
		change(d)
		p, err := d.verify(t)
		if err != nil {
			t.Fatal(err)
		}
		w, keep := p.Replay()
		if len(w) != 22 || keep != 150*time.Second {
			t.Errorf("%q, %v", w, keep)
		}
		return w
	}
	first := word(func(*proofDraft) {})
	for name, change := range map[string]func(d *proofDraft){
		"signed again":      func(*proofDraft) {},
		"twin signature":    func(d *proofDraft) { d.after = twinSignature },
		"another time":      func(d *proofDraft) { d.claims["iat"] = proofNow.Unix() - 1 },
		"another spelling":  func(d *proofDraft) { d.claims["htu"] = "HTTPS://api.example.com:443/cart/%37" },
		"another parameter": func(d *proofDraft) { d.header["more"] = true },
	} {
		if word(change) != first {
			t.Errorf("%s: another word", name)
		}
	}
	for name, change := range map[string]func(d *proofDraft){
		"another jti": func(d *proofDraft) { d.claims["jti"] = "e1j3V_bKic8-LAEC" },
		"another target": func(d *proofDraft) {
			d.claims["htu"], d.want.URL = proofURL+"8", mustURL(t, proofURL+"8")
		},
		"another key": func(d *proofDraft) { other := newProofDraft(t, proofOther); *d = *other },
	} {
		if word(change) == first {
			t.Errorf("%s: the same word", name)
		}
	}
}

// The word is kept for longer than any node accepts the proof, whatever the
// options.
func TestProofReplayOutlivesProof(t *testing.T) {
	nonces, err := NewNonces(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, window := range []ProofRequest{
		{}, {MaxAge: time.Second}, {MaxAge: time.Hour}, {MaxAhead: time.Hour}, {MaxAge: 24 * time.Hour, MaxAhead: 24 * time.Hour},
	} {
		for _, with := range []*Nonces{nil, nonces} {
			d := newProofDraft(t, proofEC)
			d.want.MaxAge, d.want.MaxAhead, d.want.Nonces = window.MaxAge, window.MaxAhead, with
			d.claims["nonce"] = nonces.Next(proofNow)
			instants := []time.Duration{-24 * time.Hour, -time.Hour, time.Second, time.Hour, 24 * time.Hour, 25 * time.Hour}
			for at := -2 * time.Minute; at <= 7*time.Minute; at += 15 * time.Second {
				instants = append(instants, at)
			}
			var keep, first, last time.Duration
			seen := false
			raw := d.build(t)
			for _, at := range instants {
				p, err := VerifyProof(proofHeader(raw), d.want, proofNow.Add(at))
				if err != nil {
					continue
				}
				if with != nil {
					at = max(at, 0) // no clock that is right has handed out the nonce before
				}
				first, last, seen = min(first, at), max(last, at), true
				_, keep = p.Replay()
			}
			if !seen || keep < last-first+2*clockSkew {
				t.Errorf("%v %v %t: accepted from %v to %v, kept %v", window.MaxAge, window.MaxAhead, with != nil, first, last, keep)
			}
		}
	}
}

func TestProofNonce(t *testing.T) {
	nonces, err := NewNonces(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	d := newProofDraft(t, proofEd)
	d.want.Nonces = nonces
	nonce := nonces.Next(proofNow)
	d.claims["nonce"] = nonce
	if p, err := d.verify(t); err != nil || p.Nonce != nonce {
		t.Errorf("%+v, %v", p, err)
	}
	d.claims["htm"], d.claims["nonce"] = "GET", "stale"
	if _, err := d.verify(t); errors.Is(err, ErrNonce) || !errors.Is(err, ErrProof) {
		t.Errorf("a proof that a new nonce would not save: %v", err)
	}
}

func TestProofRequestIncomplete(t *testing.T) {
	d := newProofDraft(t, proofEd)
	for name, change := range map[string]func(r *ProofRequest){
		"no method":       func(r *ProofRequest) { r.Method = "" },
		"no URL":          func(r *ProofRequest) { r.URL = nil },
		"negative age":    func(r *ProofRequest) { r.MaxAge = -1 },
		"negative ahead":  func(r *ProofRequest) { r.MaxAhead = -1 },
		"age for ever":    func(r *ProofRequest) { r.MaxAge = 1<<63 - 1 },
		"days in advance": func(r *ProofRequest) { r.MaxAhead = 25 * time.Hour },
	} {
		want := d.want
		change(&want)
		if p, err := VerifyProof(proofHeader(d.build(t)), want, d.now); err == nil || errors.Is(err, ErrInvalid) || p != (Proof{}) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestI4ProofRequestHidesToken(t *testing.T) {
	r := newProofDraft(t, proofEd).want
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("request", slog.Any("value", r), slog.Any("pointer", &r), slog.Any("inside", struct{ R ProofRequest }{r}))
	slog.New(slog.NewTextHandler(&out, nil)).Info("request", slog.Any("value", r))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, r, &r, struct{ R ProofRequest }{r})
	}
	if err := json.NewEncoder(&out).Encode(r); err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{proofToken, fmt.Sprintf("%x", proofToken)} {
		if strings.Contains(out.String(), leak) {
			t.Error(out.String())
		}
	}
	if _, err := VerifyProof(http.Header{}, r, proofNow); err == nil || strings.Contains(err.Error(), proofToken[:8]) {
		t.Error(err)
	}
}
