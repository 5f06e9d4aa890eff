package middleware

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// RefreshHandler is the token endpoint for one grant, refresh_token (RFC 6749
// §6): it answers a POST form with the next [Tokens], and errors in the words of
// RFC 6749 §5.2. One refresh token is good once. Requests that present it at the
// same time, and those that repeat it within Config.RotateGrace because they lost
// the answer, get the same pair; later it ends the session, for somebody has a
// copy (RFC 9700 §4.14.2). A client_id, if sent, must be the one that the token
// was issued to.
func (m *Manager) RefreshHandler() http.Handler {
	return m.endpoint(func(w http.ResponseWriter, r *http.Request, f form) error {
		switch {
		case f["grant_type"] == "" || f["refresh_token"] == "":
			return oauthError("invalid_request")
		case f["grant_type"] != "refresh_token":
			return oauthError("unsupported_grant_type")
		}
		t, err := m.refresh(r, f["refresh_token"], f["client_id"])
		if err != nil {
			return err
		}
		if t.TokenType == "DPoP" {
			m.offerNonce(w)
		}
		writeJSON(w, http.StatusOK, t)
		return nil
	})
}

// RevokeHandler ends the session of a token, access, refresh or opaque, as RFC
// 7009 says: to have the token is all that it takes, and one that is good for
// nothing is answered with 200 like any other (§2.2). The reason is logout.
func (m *Manager) RevokeHandler() http.Handler {
	return m.endpoint(func(w http.ResponseWriter, r *http.Request, f form) error {
		if f["token"] == "" {
			return oauthError("invalid_request")
		}
		found, err := m.lookUp(r, f["token"], true)
		if err != nil {
			return err
		}
		if found != nil {
			err = m.Revoke(r.Context(), found.rec.ID, analytics.ReasonLogout)
			if err != nil && !errors.Is(err, sessionstore.ErrEnded) {
				return err
			}
		}
		w.WriteHeader(http.StatusOK)
		return nil
	})
}

// IntrospectHandler tells other services what a token is worth now, as RFC 7662
// says. Only callers that authenticate lets through are told anything (§2.1),
// the others get 401. A token that is worth nothing, for whatever reason, is
// {"active":false} and no more (§2.2).
func (m *Manager) IntrospectHandler(authenticate func(*http.Request) bool) http.Handler {
	return m.endpoint(func(w http.ResponseWriter, r *http.Request, f form) error {
		if !authenticate(r) {
			return oauthError("invalid_client")
		}
		if f["token"] == "" {
			return oauthError("invalid_request")
		}
		found, err := m.lookUp(r, f["token"], false)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, found.describe())
		return nil
	})
}

// introspection is the answer of RFC 7662 §2.2.
type introspection struct {
	Active    bool          `json:"active"`
	ClientID  string        `json:"client_id,omitempty"`
	TokenType string        `json:"token_type,omitempty"`
	Subject   string        `json:"sub,omitempty"`
	Audience  string        `json:"aud,omitempty"`
	Issuer    string        `json:"iss,omitempty"`
	ID        string        `json:"jti,omitempty"`
	Session   string        `json:"sid,omitempty"`
	IssuedAt  int64         `json:"iat,omitempty"`
	Expires   int64         `json:"exp,omitempty"`
	AuthTime  int64         `json:"auth_time,omitempty"`
	ACR       string        `json:"acr,omitempty"`
	AMR       []string      `json:"amr,omitempty"`
	Confirm   *confirmation `json:"cnf,omitempty"`
}

type confirmation struct {
	Thumbprint string `json:"jkt"`
}

// found is the live session of a token.
type found struct {
	rec    *sessionstore.Record
	login  *sessionstore.Login // nil for a guest
	access *token.Access       // nil for another kind of token
}

// lookUp finds the live session that a token, of whatever kind, is good for; nil
// if it is good for none. Previous is as for loadRefresh.
func (m *Manager) lookUp(r *http.Request, text string, previous bool) (*found, error) {
	st := &state{manager: m, request: r, began: m.now(), bearer: true}
	var rec *sessionstore.Record
	var err error
	switch {
	case opaqueToken.names(text):
		rec, err = st.loadOpaque(r.Context(), text)
	case refreshToken.names(text):
		rec, err = st.loadRefresh(r.Context(), text, previous)
	default:
		rec, err = st.loadAccess(r.Context(), text)
	}
	if errors.Is(err, ErrToken) {
		return nil, nil //nolint:nilnil // why it is good for nothing is told to nobody
	}
	if err != nil {
		return nil, err
	}
	return &found{rec, rec.LiveLogin(st.began), st.access}, nil
}

func (f *found) describe() introspection {
	if f == nil {
		return introspection{}
	}
	i := introspection{Active: true, ClientID: f.rec.Client.ID, Session: f.rec.ID.String(), TokenType: "Bearer"}
	if f.rec.Client.Key != "" {
		i.TokenType, i.Confirm = "DPoP", &confirmation{f.rec.Client.Key}
	}
	if l := f.login; l != nil {
		i.Subject, i.AuthTime, i.ACR, i.AMR = l.User, l.Authenticated.Unix(), l.ACR, l.AMR
		i.IssuedAt = l.Started.Unix()
	}
	if last := lastMoment(f.rec); !last.IsZero() {
		i.Expires = last.Unix()
	}
	if a := f.access; a != nil {
		i.Issuer, i.Audience, i.ID = a.Issuer, a.Audience, a.ID
		i.IssuedAt, i.Expires = a.IssuedAt.Unix(), a.Expires.Unix()
	}
	return i
}

// form is what was posted; empty for what was not.
type form map[string]string

// maxForm bounds what is posted, in bytes.
const maxForm = 16 << 10

type oauthError string

func (e oauthError) Error() string { return "middleware: " + string(e) }

// endpoint is a handler for forms. It reads the body alone, never the query,
// which ends up in logs (RFC 9700 §4.3.2), and refuses a parameter that occurs
// twice (RFC 6749 §3.2).
func (m *Manager) endpoint(serve func(http.ResponseWriter, *http.Request, form) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Pragma", "no-cache") // RFC 6749 §5.1 asks for both
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		f, err := readForm(w, r)
		if err == nil {
			err = serve(w, r, f)
		}
		if err != nil {
			m.failOAuth(w, r, err)
		}
	})
}

func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, oauthError("invalid_request")
	}
	f := form{}
	for name, values := range r.PostForm {
		if len(values) != 1 {
			return nil, oauthError("invalid_request")
		}
		f[name] = values[0]
	}
	return f, nil
}

// failOAuth answers in the form of RFC 6749 §5.2.
func (m *Manager) failOAuth(w http.ResponseWriter, r *http.Request, err error) {
	status, name := http.StatusBadRequest, "invalid_grant"
	var known oauthError
	proof := m.proofFault(w, err)
	switch {
	case proof != "":
		name = proof
	case errors.As(err, &known):
		name = string(known)
		if known == "invalid_client" {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Basic realm="introspection"`)
		}
	case !errors.Is(err, errGrant) && !errors.Is(err, token.ErrBinding):
		m.Fail(w, r, err)
		return
	}
	writeJSON(w, status, map[string]string{"error": name})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone is no matter
}
