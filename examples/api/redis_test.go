package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-go/sojourn/examples/api/notes"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// two serves two instances that share a Redis and a key.
func two(t *testing.T, redis string, args ...string) (a, b *server) {
	t.Helper()
	args = append([]string{"-redis", redis, "-key", filepath.Join(t.TempDir(), "key.pem")}, args...)
	return serve(t, args...), serve(t, args...)
}

func TestInstances(t *testing.T) {
	for name, start := range map[string]func(*testing.T) string{
		"one Redis": func(t *testing.T) string { return redistest.Shared(t).URL() },
		"a cluster": func(t *testing.T) string {
			return "redis://" + strings.Join(redistest.Cluster(t).Addrs(), ",redis://")
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := two(t, start(t))
			t.Run("revocation", func(t *testing.T) { testRevocation(t, a, b) })
			t.Run("refresh", func(t *testing.T) { testRefreshOnBoth(t, a, b) })
			t.Run("devices", func(t *testing.T) { testDevicesOnBoth(t, a, b) })
		})
	}
}

func testRevocation(t *testing.T, a, b *server) {
	p := a.login("ada")
	for _, s := range []*server{a, b} {
		s.want(201, "POST", "/notes", p.AccessToken, `{"text":"x"}`)
		s.want(200, "GET", "/notes", p.AccessToken, "")
	}
	b.want(200, "POST", "/revoke", "", url.Values{"token": {p.RefreshToken}}.Encode())
	for _, s := range []*server{a, b} {
		s.want(401, "POST", "/notes", p.AccessToken, `{"text":"x"}`)
		if got := s.refresh(p.RefreshToken); got.status != http.StatusBadRequest {
			t.Errorf("refresh: status %d", got.status)
		}
	}
	a.refused("/notes", p.AccessToken)
	b.refused("/notes", p.AccessToken)
}

// testRefreshOnBoth wants one successor, whichever instance is asked.
func testRefreshOnBoth(t *testing.T, a, b *server) {
	p := a.login("ada")
	pairs := make([]middleware.Tokens, 20)
	var wg sync.WaitGroup
	for i := range pairs {
		wg.Go(func() {
			s := []*server{a, b}[i%2]
			res, err := s.Client().PostForm(s.URL+"/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {p.RefreshToken}})
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			pairs[i], err = parse(res)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, pair := range pairs {
		if pair.RefreshToken == "" || pair.RefreshToken != pairs[0].RefreshToken || pair.AccessToken != pairs[0].AccessToken {
			t.Fatal("not everybody has the same pair")
		}
	}
	b.want(200, "GET", "/devices", pairs[0].AccessToken, "")
}

func testDevicesOnBoth(t *testing.T, a, b *server) {
	phone, laptop := a.as("bob", notes.Config{}), b.as("bob", notes.Config{})
	type device struct {
		ID      string
		Current bool
	}
	for _, d := range decode[[]device](t, phone.want(200, "GET", "/devices", "")) {
		if !d.Current {
			phone.want(204, "DELETE", "/devices/"+d.ID, "")
		}
	}
	laptop.wantOver("POST", "/notes", `{"text":"x"}`)
	phone.want(201, "POST", "/notes", `{"text":"x"}`)
}

func parse(res *http.Response) (p middleware.Tokens, err error) {
	if res.StatusCode != http.StatusOK {
		return p, errors.New(res.Status)
	}
	return p, json.NewDecoder(res.Body).Decode(&p)
}

// TestBoundTokensOnInstances has a client with a key talk to one instance and
// then to the other, whose nonces are the same.
func TestBoundTokensOnInstances(t *testing.T) {
	a, b := two(t, redistest.Shared(t).URL(), "-dpop", "required", "-origin", "http://notes.example")
	key, saved := newKeys(t)["P-256"], &saver{}
	var to *server
	line := network(func(r *http.Request) (*http.Response, error) { // as a proxy does
		r.URL.Host = strings.TrimPrefix(to.URL, "http://")
		return http.DefaultTransport.RoundTrip(r)
	})
	to = a
	c := a.as("ada", notes.Config{API: "http://notes.example", Key: key, Save: saved.save, Base: line})
	c.want(200, "GET", "/notes", "")
	to = b
	c.want(200, "GET", "/notes", "")
	c = a.resume(notes.Config{API: "http://notes.example", Key: key, Base: line}, stale(saved.last()))
	c.want(201, "POST", "/notes", `{"text":"x"}`)
	to = a
	c.want(201, "POST", "/notes", `{"text":"x"}`)
}

// TestRedisIsGone wants readers to go on without the store, and others to be told
// to come again; nobody loses the login.
func TestRedisIsGone(t *testing.T) {
	redis := redistest.Single(t, redistest.AppendOnly())
	s := serve(t, "-redis", redis.URL())
	saved := &saver{}
	s.as("ada", notes.Config{Save: saved.save})
	redis.Kill()
	s.want(200, "GET", "/notes", saved.last().Access, "")
	s.want(503, "POST", "/notes", saved.last().Access, `{"text":"x"}`)
	s.want(503, "GET", "/healthz", "", "")
	if a := s.refresh(saved.last().Refresh); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("refresh: status %d", a.status)
	}
	redis.Restart()
	s.resume(notes.Config{}, stale(saved.last())).want(201, "POST", "/notes", `{"text":"x"}`)
}
