package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// proofs remembers, for signed routes, which proofs were used in this process.
type proofs struct {
	mu       sync.Mutex
	now, old map[string]struct{}
	since    time.Time // of now
	left     time.Time // when a word was last left to the store
}

// maxProofs bounds each of the two halves. More are left to the store, and all
// that come for as long as one of those may come again.
const maxProofs = 1 << 16

func newProofs() *proofs { return &proofs{now: map[string]struct{}{}} }

// remember reports whether the word is new, and whether that is for this process
// to say: without room the store has to be asked.
func (p *proofs) remember(word string, ttl time.Duration, at time.Time) (first, room bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.Sub(p.since) > ttl {
		p.now, p.old, p.since = map[string]struct{}{}, p.now, at
	}
	_, now := p.now[word]
	_, old := p.old[word]
	switch {
	case now || old:
		return false, true
	case len(p.now) >= maxProofs:
		p.left = at
		return false, false
	}
	p.now[word] = struct{}{}
	known := at.Sub(p.left) > ttl // else the store may have it
	return known, known
}

// proveAny finds out which key the request proves to hold, for tokens to be bound
// to, if it proves any; in some modes it must.
func (st *state) proveAny(ctx context.Context) error {
	t := st.manager.tokens
	switch {
	case st.proven != "" || t == nil || t.DPoP.Mode == DPoPOff:
		return nil
	case len(st.request.Header["Dpop"]) > 0:
		return st.readProof(ctx, "", "")
	case t.DPoP.Mode == DPoPRequired:
		return fmt.Errorf("%w: %w: missing", ErrToken, token.ErrProof)
	}
	return nil
}

// prove checks that the request proves to hold the key that its token is bound
// to, if it is bound. A proof is good once, but may be looked at again while the
// request is served.
func (st *state) prove(ctx context.Context, key, access string) error {
	if key == st.proven {
		return nil
	}
	return st.readProof(ctx, key, access)
}

func (st *state) readProof(ctx context.Context, key, access string) error {
	p, err := st.manager.proof(st.request, key, access)
	if err == nil {
		err = st.manager.firstUse(ctx, p)
	}
	if err == nil {
		st.proven = p.Thumbprint
	}
	return err
}

// provenHere is [state.prove] without the store, as long as this process has room
// for what it has to remember.
func (m *Manager) provenHere(r *http.Request, key, access string) error {
	if key == "" {
		return nil
	}
	p, err := m.proof(r, key, access)
	if err != nil {
		return err
	}
	word, ttl := p.Replay()
	switch first, room := m.tokens.proofs.remember(word, ttl, m.now()); {
	case !room:
		return m.firstUse(r.Context(), p)
	case !first:
		return errReplayed
	}
	return nil
}

var errReplayed = fmt.Errorf("%w: %w: used before", ErrToken, token.ErrProof)

func (m *Manager) firstUse(ctx context.Context, p token.Proof) error {
	word, ttl := p.Replay()
	first, err := m.store.Remember(ctx, word, ttl)
	switch {
	case err != nil:
		return storeError(err)
	case !first:
		return errReplayed
	}
	return nil
}

// proof reads the proof that came with a request, of any key if key is empty.
func (m *Manager) proof(r *http.Request, key, access string) (token.Proof, error) {
	t := m.tokens
	if t == nil || t.origin == nil { // the token is from before DPoP was switched off
		return token.Proof{}, fmt.Errorf("%w: %w: proofs are not configured", ErrToken, token.ErrProof)
	}
	target := *t.origin
	target.Path, target.RawPath = r.URL.Path, r.URL.RawPath
	// A mux may have stripped a prefix that the client knows of.
	if sent, err := url.ParseRequestURI(r.RequestURI); err == nil {
		target.Path, target.RawPath = sent.Path, sent.RawPath
	}
	p, err := token.VerifyProof(r.Header, token.ProofRequest{
		Method: r.Method, URL: &target, AccessToken: access, Thumbprint: key, Nonces: t.DPoP.Nonces,
	}, m.now())
	if err != nil {
		return token.Proof{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return p, nil
}

// offerNonce hands a nonce to a client that makes proofs, for its next one (RFC
// 9449 §8.2).
func (m *Manager) offerNonce(w http.ResponseWriter) {
	if m.tokens != nil && m.tokens.DPoP.Nonces != nil {
		w.Header().Set("DPoP-Nonce", m.tokens.DPoP.Nonces.Next(m.now()))
	}
}

// proofFault returns the error code for a fault of a proof (RFC 9449 §7.1, §8),
// and hands out a nonce where that is what was missing; empty if the fault is not
// the proof's, but the token's.
func (m *Manager) proofFault(w http.ResponseWriter, err error) string {
	switch {
	case errors.Is(err, token.ErrBinding):
		return ""
	case errors.Is(err, token.ErrNonce):
		m.offerNonce(w)
		return "use_dpop_nonce"
	case errors.Is(err, token.ErrProof):
		return "invalid_dpop_proof"
	}
	return ""
}

// challenge says with which credentials a request that has none, or none that
// are good for anything, is to come again (RFC 6750 §3, RFC 9449 §7.1). Why they
// are not is for the log: the client is told the same for each, but whether it is
// to come with another proof.
func (m *Manager) challenge(w http.ResponseWriter, r *http.Request, err error) {
	h := w.Header()
	addVary(h, "Authorization")
	code, schemes := m.proofFault(w, err), []string{"Bearer", "DPoP"}
	switch {
	case code != "":
		schemes = schemes[1:]
	case errors.Is(err, token.ErrBinding) || len(r.Header["Authorization"]) > 0:
		code = "invalid_token"
	} // else no token, no error
	if m.tokens == nil || m.tokens.DPoP.Mode == DPoPOff {
		schemes = schemes[:1]
	}
	for _, scheme := range schemes {
		var parameters []string
		if code != "" {
			parameters = append(parameters, `error="`+code+`"`)
		}
		if scheme == "DPoP" {
			parameters = append(parameters, `algs="`+token.ProofAlgorithms+`"`)
		}
		h.Add("WWW-Authenticate", strings.TrimSpace(scheme+" "+strings.Join(parameters, ", ")))
	}
}
