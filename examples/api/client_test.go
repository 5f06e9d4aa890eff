package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/examples/api/notes"
	"github.com/sojourn-go/sojourn/middleware"
)

// saver keeps what it is handed to save.
type saver struct {
	mu    sync.Mutex
	saved []notes.Tokens
	fails error
}

func (s *saver) save(tokens notes.Tokens) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails == nil {
		s.saved = append(s.saved, tokens)
	}
	return s.fails
}

func (s *saver) last() notes.Tokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saved[len(s.saved)-1]
}

func (s *saver) knows(access string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.saved {
		if t.Access == access {
			return true
		}
	}
	return false
}

// stale are tokens of which the access token is refused, which only the server
// knows.
func stale(t notes.Tokens) notes.Tokens {
	return notes.Tokens{Access: "stale", Refresh: t.Refresh, Renew: time.Now().Add(time.Hour)}
}

// counted counts renewals, those that are under way at once, and requests.
type counted struct {
	renewals, at, most, others atomic.Int64
}

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/token" {
		c.others.Add(1)
		return http.DefaultTransport.RoundTrip(r)
	}
	c.renewals.Add(1)
	c.most.Store(max(c.most.Load(), c.at.Add(1)))
	defer c.at.Add(-1)
	return http.DefaultTransport.RoundTrip(r)
}

func TestClientRenewsInTime(t *testing.T) {
	s := serve(t, "-access-life", "1s")
	line, saved := &counted{}, &saver{}
	c := s.as("ada", notes.Config{Save: saved.save, Base: network(func(r *http.Request) (*http.Response, error) {
		_, access, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if access != "" && !saved.knows(access) {
			t.Error("a token was used before it was saved")
		}
		res, err := line.RoundTrip(r)
		if err == nil && res.StatusCode >= 300 {
			t.Errorf("%s: status %d", r.URL.Path, res.StatusCode)
		}
		return res, err
	})})
	ctx, enough := context.WithTimeout(t.Context(), patience)
	defer enough()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for line.renewals.Load() < 3 && ctx.Err() == nil {
				if status, _, err := c.do(ctx, "GET", "/notes", ""); err != nil || status != http.StatusOK {
					t.Errorf("signed: status %d, error %v", status, err)
					return
				}
				if status, _, err := c.do(ctx, "GET", "/devices", ""); err != nil || status != http.StatusOK {
					t.Errorf("checked: status %d, error %v", status, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil || line.most.Load() != 1 {
		t.Errorf("%d renewals, %d at once; want 3, one after the other", line.renewals.Load(), line.most.Load())
	}
}

func TestClientRenewsWhatIsRefused(t *testing.T) {
	s := serve(t)
	saved, line := &saver{}, &counted{}
	s.as("ada", notes.Config{Save: saved.save})
	c := s.resume(notes.Config{Save: saved.save, Base: line}, stale(saved.last()))
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if status, _, err := c.do(t.Context(), "POST", "/notes", fmt.Sprintf(`{"text":"%d"}`, i)); err != nil || status != http.StatusCreated {
				t.Errorf("status %d, error %v", status, err)
			}
		})
	}
	wg.Wait()
	if n := line.renewals.Load(); n != 1 {
		t.Errorf("%d renewals, want 1", n)
	}
	if got := decode[[]notes.Note](t, c.want(200, "GET", "/notes", "")); len(got) != 50 {
		t.Errorf("%d notes, want 50", len(got))
	}
}

func TestClientSendsABodyOnce(t *testing.T) {
	s := serve(t)
	saved := &saver{}
	s.as("ada", notes.Config{Save: saved.save})
	c := s.resume(notes.Config{}, stale(saved.last()))
	post := func() (status int) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/notes", io.MultiReader(strings.NewReader(`{"text":"x"}`)))
		if err != nil {
			t.Fatal(err)
		}
		if r.GetBody != nil {
			t.Fatal("the body can be had again")
		}
		res, err := c.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	if status := post(); status != http.StatusUnauthorized {
		t.Errorf("with a stale token: status %d", status)
	}
	c.want(200, "GET", "/notes", "") // renews
	if status := post(); status != http.StatusCreated {
		t.Errorf("with a new token: status %d", status)
	}
}

// TestLostAnswer wants a client that lost the answer to a renewal, whole or in
// part, to get the same pair as it would have.
func TestLostAnswer(t *testing.T) {
	for name, lose := range map[string]func(*http.Response) (*http.Response, error){
		"all of it": func(*http.Response) (*http.Response, error) { return nil, errors.New("the line is cut") },
		"half of it": func(res *http.Response) (*http.Response, error) {
			res.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"access_`), failing{}))
			return res, nil
		},
		"a bad gateway": func(res *http.Response) (*http.Response, error) {
			res.StatusCode, res.Status, res.Body = http.StatusBadGateway, "502 Bad Gateway", http.NoBody
			return res, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			saved := &saver{}
			s.as("ada", notes.Config{Save: saved.save})
			var pairs []middleware.Tokens
			c := s.resume(notes.Config{Save: saved.save, Base: network(func(r *http.Request) (*http.Response, error) {
				res, err := http.DefaultTransport.RoundTrip(r)
				if err != nil || r.URL.Path != "/token" {
					return res, err
				}
				text, err := io.ReadAll(res.Body)
				if err != nil {
					return nil, err
				}
				res.Body = io.NopCloser(bytes.NewReader(text))
				if pairs = append(pairs, decode[middleware.Tokens](t, string(text))); len(pairs) == 1 {
					return lose(res)
				}
				return res, nil
			})}, stale(saved.last()))
			c.want(201, "POST", "/notes", `{"text":"x"}`)
			if len(pairs) != 2 || pairs[0].RefreshToken != pairs[1].RefreshToken || pairs[0].AccessToken != pairs[1].AccessToken {
				t.Errorf("%d answers, or not the same", len(pairs))
			}
			if got := saved.last(); got.Access != pairs[0].AccessToken || got.Refresh != pairs[0].RefreshToken {
				t.Error("another pair was saved")
			}
			reused, err := s.store.Events(t.Context(), analytics.Query{Type: analytics.CredentialReused})
			if err != nil || len(reused) != 0 {
				t.Errorf("taken for theft: %v", err)
			}
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestWaitingIsBounded wants those who wait for a renewal to wait no longer than
// their own contexts say, and the renewal to go on without them.
func TestWaitingIsBounded(t *testing.T) {
	s := serve(t)
	saved := &saver{}
	s.as("ada", notes.Config{Save: saved.save})
	asked, goOn := make(chan struct{}), make(chan struct{})
	c := s.resume(notes.Config{Base: network(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/token" {
			close(asked)
			<-goOn
		}
		return http.DefaultTransport.RoundTrip(r)
	})}, stale(saved.last()))

	first, giveUp := context.WithCancel(t.Context())
	patient, impatient := make(chan error, 1), make(chan error, 1)
	go func() {
		_, _, err := c.do(first, "GET", "/devices", "")
		impatient <- err
	}()
	<-asked
	go func() {
		status, _, err := c.do(t.Context(), "GET", "/devices", "")
		if status != http.StatusOK {
			err = errors.Join(err, fmt.Errorf("status %d", status))
		}
		patient <- err
	}()
	giveUp()
	if err := <-impatient; !errors.Is(err, context.Canceled) {
		t.Errorf("whoever gave up: %v", err)
	}
	close(goOn)
	if err := <-patient; err != nil {
		t.Errorf("whoever waited: %v", err)
	}
}

func TestSavingFails(t *testing.T) {
	s := serve(t)
	saved, line := &saver{}, &counted{}
	s.as("ada", notes.Config{Save: saved.save})
	c := s.resume(notes.Config{Save: saved.save, Base: line}, notes.Tokens{Refresh: saved.last().Refresh})
	saved.fails = errors.New("the disk is full")
	for range 2 {
		if _, _, err := c.do(t.Context(), "GET", "/notes", ""); !errors.Is(err, saved.fails) {
			t.Errorf("error %v, want that of Save", err)
		}
	}
	if line.others.Load() != 0 {
		t.Error("tokens were used that are not saved")
	}
	saved.fails = nil
	c.want(200, "GET", "/notes", "")
	if line.renewals.Load() != 1 || len(saved.saved) != 2 {
		t.Errorf("%d renewals, %d saved, want 1 and 2", line.renewals.Load(), len(saved.saved))
	}
	if _, err := notes.Login(t.Context(), notes.Config{API: s.URL, Save: func(notes.Tokens) error { return saved.fails }}, "ada", right); err != nil {
		t.Error(err)
	}
}

// TestStoredTokens wants a client to go on after a restart with what was saved.
func TestStoredTokens(t *testing.T) {
	s := serve(t)
	saved, line := &saver{}, &counted{}
	s.as("ada", notes.Config{Save: saved.save}).want(201, "POST", "/notes", `{"text":"x"}`)
	text, err := json.Marshal(saved.last())
	if err != nil {
		t.Fatal(err)
	}
	c := s.resume(notes.Config{Base: line}, decode[notes.Tokens](t, string(text)))
	if got := decode[[]notes.Note](t, c.want(200, "GET", "/notes", "")); len(got) != 1 || line.renewals.Load() != 0 {
		t.Errorf("%d notes after %d renewals", len(got), line.renewals.Load())
	}
}

// TestTheft presents a refresh token that was exchanged, when nobody can have lost
// the answer any more.
func TestTheft(t *testing.T) {
	s := serveWith(t, func(c *middleware.Config) { c.RotateGrace = 50 * time.Millisecond })
	saved, line := &saver{}, &counted{}
	s.as("ada", notes.Config{Save: saved.save})
	stolen := saved.last()
	c := s.resume(notes.Config{Save: saved.save, Base: line}, stale(stolen))
	c.want(201, "POST", "/notes", `{"text":"x"}`) // renews

	eventually(t, "the stolen token is refused", func() error {
		switch a := s.refresh(stolen.Refresh); {
		case a.status == http.StatusBadRequest && a.body == `{"error":"invalid_grant"}`:
			return nil
		case a.status == http.StatusOK && decode[middleware.Tokens](t, a.body).RefreshToken != saved.last().Refresh:
			t.Fatal("the thief has a pair of their own")
			return nil
		default:
			return fmt.Errorf("status %d", a.status)
		}
	})
	s.want(401, "GET", "/devices", saved.last().Access, "")
	s.refused("/notes", saved.last().Access)
	c.wantOver("POST", "/notes", `{"text":"x"}`)
	asked := line.renewals.Load() + line.others.Load()
	c.wantOver("GET", "/notes", "")
	if line.renewals.Load()+line.others.Load() != asked {
		t.Error("a client whose login is over goes on asking")
	}
	reused, err := s.store.Events(t.Context(), analytics.Query{Type: analytics.CredentialReused})
	if err != nil || len(reused) != 1 {
		t.Errorf("%d reports of theft, want 1: %v", len(reused), err)
	}
}

func TestNoServer(t *testing.T) {
	s := serve(t)
	saved := &saver{}
	s.as("ada", notes.Config{Save: saved.save})
	down := errors.New("no route to host")
	c := s.resume(notes.Config{Base: network(func(r *http.Request) (*http.Response, error) { return nil, down })}, notes.Tokens{Refresh: saved.last().Refresh})
	if _, _, err := c.do(t.Context(), "GET", "/notes", ""); !errors.Is(err, down) || errors.Is(err, notes.ErrRefused) {
		t.Errorf("error %v, want that of the network", err)
	}
	for _, api := range []string{"", "notes.example", "://"} {
		if _, err := notes.New(notes.Config{API: api}, notes.Tokens{}); err == nil {
			t.Errorf("a client of %q", api)
		}
	}
	if _, err := notes.Login(t.Context(), notes.Config{API: s.URL}, "ada", "wrong"); err == nil || errors.Is(err, notes.ErrRefused) {
		t.Errorf("with a wrong password: %v", err)
	}
}

// TestTokensStayHere follows a redirect to another host, which is to see no token.
func TestTokensStayHere(t *testing.T) {
	s := serve(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host is asked, with %d Authorization headers", len(r.Header["Authorization"]))
	}))
	defer elsewhere.Close()
	c := s.as("ada", notes.Config{Base: network(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/moved" {
			return http.DefaultTransport.RoundTrip(r)
		}
		w := httptest.NewRecorder()
		http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		return w.Result(), nil
	})})
	if _, _, err := c.do(t.Context(), "GET", "/moved", ""); err == nil {
		t.Error("no error")
	}
}

func TestTokensAreNotPrinted(t *testing.T) {
	s := serve(t)
	saved, key := &saver{}, newKeys(t)["Ed25519"]
	c := s.as("ada", notes.Config{Save: saved.save})
	tokens := saved.last()
	unbound := s.resume(notes.Config{Key: key}, stale(tokens)) // the server does not bind tokens
	_, _, errUnbound := unbound.do(t.Context(), "GET", "/notes", "")
	c.want(204, "POST", "/logout", "")
	_, _, errOver := c.do(t.Context(), "POST", "/notes", "{}")
	_, errLogin := notes.Login(t.Context(), notes.Config{API: s.URL}, "ada", "secret-"+right)
	if errUnbound == nil || errOver == nil || errLogin == nil {
		t.Fatal("an error is missing")
	}
	var out bytes.Buffer
	for _, v := range []any{tokens, &tokens, c.Transport, http.Client{Transport: c.Transport}, errUnbound, errOver, errLogin} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %x\n", v, v, v, v, v, v)
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).LogAttrs(t.Context(), slog.LevelInfo, "message", slog.Any("value", v))
		}
	}
	for _, secret := range []string{tokens.Access, tokens.Refresh, "secret-" + right, fmt.Sprintf("%x", tokens.Refresh)} {
		if strings.Contains(out.String(), secret) {
			t.Error("a secret is printed")
		}
	}
}
