package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/examples/api/notes"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
)

func TestLogin(t *testing.T) {
	s := serve(t)
	for body, status := range map[string]int{
		`{"user":"ada","password":"sojourn"}`:                              200,
		`{"user":"user-17","password":"sojourn"}`:                          200,
		`{"user":"ada","password":"wrong"}`:                                401,
		`{"user":"ada","password":""}`:                                     401,
		`{"user":"ada"}`:                                                   401,
		`{"user":"eve","password":"sojourn"}`:                              401,
		`{"user":"user-","password":"sojourn"}`:                            401,
		`{"user":"` + strings.Repeat("ä", 300) + `","password":"sojourn"}`: 401,
		`{"user":1,"password":"sojourn"}`:                                  400,
		`{"user":"ada"`:                                                    400,
		``:                                                                 400,
		`{"user":"` + strings.Repeat("x", 20_000) + `","password":"wrong"}`: 413,
	} {
		got := s.call("POST", "/login", "", body)
		if got.status != status || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%.60s: status %d, want %d; %s", body, got.status, status, got.header.Get("Content-Type"))
		}
		if status == http.StatusOK && got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: tokens with Cache-Control %q", body, got.header.Get("Cache-Control"))
		}
	}
	failed, err := s.store.Events(t.Context(), analytics.Query{Type: analytics.LoginFailed})
	if err != nil || len(failed) != 6 {
		t.Errorf("%d failed logins reported, want 6: %v", len(failed), err)
	}
}

func TestNotes(t *testing.T) {
	s := serve(t)
	ada, bob := s.login("ada").AccessToken, s.login("bob").AccessToken
	if got := s.want(200, "GET", "/notes", ada, ""); got != "[]" {
		t.Errorf("at first: %s", got)
	}
	n := decode[notes.Note](t, s.want(201, "POST", "/notes", ada, `{"text":"buy milk"}`))
	second := decode[notes.Note](t, s.want(201, "POST", "/notes", ada, `{"id":"chosen","text":"drink milk"}`))
	want := `[{"id":"` + n.ID + `","text":"buy milk"},{"id":"` + second.ID + `","text":"drink milk"}]`
	if got := s.want(200, "GET", "/notes", ada, ""); got != want || second.ID == "chosen" {
		t.Errorf("after adding: %s", got)
	}
	s.want(204, "DELETE", "/notes/"+n.ID, bob, "")
	if got := s.want(200, "GET", "/notes", bob, ""); got != "[]" {
		t.Errorf("of another user: %s", got)
	}
	if got := s.want(200, "GET", "/notes", ada, ""); got != want {
		t.Errorf("after another user has deleted: %s", got)
	}
	s.want(204, "DELETE", "/notes/"+n.ID, ada, "")
	s.want(204, "DELETE", "/notes/"+second.ID, ada, "")
	if got := s.want(200, "GET", "/notes", ada, ""); got != "[]" {
		t.Errorf("after deleting: %s", got)
	}
	s.want(422, "POST", "/notes", ada, `{"text":""}`)
	s.want(422, "POST", "/notes", ada, `{"text":"`+strings.Repeat("x", notes.MaxText+1)+`"}`)
	s.want(413, "POST", "/notes", ada, `{"text":"`+strings.Repeat("x", 20_000)+`"}`)
	s.want(400, "POST", "/notes", ada, `text`)
	for range notes.MaxNotes {
		s.want(201, "POST", "/notes", bob, `{"text":"x"}`)
	}
	s.want(422, "POST", "/notes", bob, `{"text":"x"}`)
}

func TestWithoutToken(t *testing.T) {
	s := serve(t)
	for _, call := range []string{"GET /notes", "POST /notes", "DELETE /notes/x", "GET /devices", "DELETE /devices/x", "POST /logout"} {
		method, path, _ := strings.Cut(call, " ")
		for _, access := range []string{"", "junk", s.login("ada").RefreshToken} {
			if a := s.call(method, path, access, ""); a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s: status %d, WWW-Authenticate %q", call, a.status, a.header.Get("WWW-Authenticate"))
			}
		}
	}
	s.want(200, "GET", "/healthz", "", "")
}

func TestKeysVerifyAccessTokens(t *testing.T) {
	for _, alg := range []token.Algorithm{token.EdDSA, token.ES256, token.RS256} {
		s := serve(t, "-alg", string(alg))
		published, err := token.ParseKeys([]byte(s.want(200, "GET", "/.well-known/jwks.json", "", "")))
		if err != nil {
			t.Fatal(err)
		}
		keys, err := token.NewKeys(token.VerifyOnly(), published...)
		if err != nil {
			t.Fatal(err)
		}
		v, err := token.NewVerifier(keys, token.VerifierOptions{Issuer: "https://notes.example", Audience: "https://notes.example"})
		if err != nil {
			t.Fatal(err)
		}
		access, err := v.Verify(s.login("ada").AccessToken, s.store.Now())
		if err != nil || access.Subject != "ada" || published[0].Algorithm() != alg {
			t.Errorf("%s: subject %q, key for %s: %v", alg, access.Subject, published[0].Algorithm(), err)
		}
	}
}

func TestIntrospect(t *testing.T) {
	s := serve(t)
	ask := func(password, text string) answer {
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/introspect", strings.NewReader(url.Values{"token": {text}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("service", password)
		return s.send(r)
	}
	p := s.login("ada")
	for _, password := range []string{"", "wrong"} {
		if a := ask(password, p.AccessToken); a.status != http.StatusUnauthorized || strings.Contains(a.body, "active") {
			t.Errorf("with the password %q: %d %s", password, a.status, a.body)
		}
	}
	if a := ask("service", p.AccessToken); !strings.Contains(a.body, `"active":true`) || !strings.Contains(a.body, `"sub":"ada"`) {
		t.Errorf("in force: %d %s", a.status, a.body)
	}
	s.want(204, "POST", "/logout", p.AccessToken, "")
	if a := ask("service", p.AccessToken); a.body != `{"active":false}` {
		t.Errorf("after logout: %d %s", a.status, a.body)
	}
}

func TestRevoke(t *testing.T) {
	s := serve(t)
	for _, which := range []func(middleware.Tokens) string{
		func(p middleware.Tokens) string { return p.AccessToken },
		func(p middleware.Tokens) string { return p.RefreshToken },
	} {
		p := s.login("ada")
		s.want(200, "POST", "/revoke", "", url.Values{"token": {which(p)}}.Encode())
		s.want(401, "GET", "/devices", p.AccessToken, "")
		s.refused("/notes", p.AccessToken)
		if a := s.refresh(p.RefreshToken); a.status != http.StatusBadRequest {
			t.Errorf("refresh: status %d", a.status)
		}
	}
}

func TestDevices(t *testing.T) {
	s := serve(t)
	type device struct {
		ID      string
		Current bool
	}
	phone, laptop, other := s.as("ada", notes.Config{}), s.as("ada", notes.Config{}), s.as("bob", notes.Config{})
	devices := func(c *client) (current, others []string) {
		for _, d := range decode[[]device](t, c.want(200, "GET", "/devices", "")) {
			if d.Current {
				current = append(current, d.ID)
			} else {
				others = append(others, d.ID)
			}
		}
		return current, others
	}
	current, others := devices(phone)
	if len(current) != 1 || len(others) != 1 {
		t.Fatalf("%d current devices and %d others, want one of each", len(current), len(others))
	}
	bobs, _ := devices(other)
	for _, id := range []string{bobs[0], "AAAAAAAAAAAAAAAAAAAAAA", "nonsense"} {
		phone.want(404, "DELETE", "/devices/"+id, "")
	}
	other.want(200, "GET", "/devices", "")

	phone.want(204, "DELETE", "/devices/"+others[0], "")
	laptop.wantOver("POST", "/notes", `{"text":"x"}`)
	phone.want(404, "DELETE", "/devices/"+others[0], "")
	if current, others = devices(phone); len(current) != 1 || len(others) != 0 {
		t.Errorf("afterwards: %d current devices and %d others", len(current), len(others))
	}
	phone.want(204, "POST", "/logout", "")
	phone.wantOver("POST", "/notes", `{"text":"x"}`)
	other.want(201, "POST", "/notes", `{"text":"x"}`)
}
