package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
)

// A request that streams is cancelled when what it was entitled by is over.
func TestStreamEndsWithItsSession(t *testing.T) {
	for name, end := range map[string]func(k *kit, b *browser){
		"logout":  func(_ *kit, b *browser) { b.mustPost("/logout") },
		"revoked": func(k *kit, _ *browser) { k.mustRevoke("ada") },
		"idle": func(k *kit, _ *browser) {
			k.clock.Advance(3 * time.Hour)
			k.sweep()
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, middleware.Config{})
			started, ended := make(chan struct{}), make(chan error, 1)
			k.handle("GET /stream", func(w responseWriter, r *request) error {
				if err := http.NewResponseController(w).Flush(); err != nil {
					return err
				}
				close(started)
				<-r.Context().Done()
				ended <- context.Cause(r.Context())
				return nil
			})
			b := k.browser()
			b.mustPost("/login?user=ada")
			go b.twin().open("/stream")
			<-started
			end(k, b)
			if err := <-ended; !errors.Is(err, middleware.ErrStreamEnded) {
				t.Errorf("cancelled with %v", err)
			}
		})
	}
}

func (k *kit) mustRevoke(user string) {
	k.t.Helper()
	if _, err := k.RevokeUser(context.Background(), user, "revoked"); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) sweep() {
	k.t.Helper()
	for more := true; more; {
		var err error
		if more, err = k.store.Sweep(context.Background(), 0); err != nil {
			k.t.Fatal(err)
		}
	}
}

// What a handler changes after the first byte is stored, as far as it needs no
// new cookie.
func TestLateChanges(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /late", func(w responseWriter, r *request) error {
		k.Values().Put(r.Context(), "early", "yes")
		if _, err := io.WriteString(w, "begun"); err != nil {
			return err
		}
		k.Values().Put(r.Context(), "late", "yes")
		if err := k.Login(r.Context(), "ada", middleware.Authentication{}); !errors.Is(err, middleware.ErrHeadersSent) {
			t.Errorf("login after the headers: %v", err)
		}
		return nil
	})
	b := k.browser()
	b.mustPost("/late")
	b.mustPost("/late")
	if got := b.get("/get?key=early") + b.get("/get?key=late"); got != "yesyes" {
		t.Errorf("stored: %q", got)
	}
}

func TestPanicStoresNothing(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /panic", func(_ responseWriter, r *request) error {
		k.Values().Put(r.Context(), "a", "b")
		panic(http.ErrAbortHandler)
	})
	b := k.browser()
	b.mustPost("/put?key=x&value=y")
	r, err := http.NewRequest("POST", k.srv.URL+"/panic", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "session", Value: b.cookie})
	if res, err := http.DefaultTransport.RoundTrip(r); err == nil {
		res.Body.Close()
		t.Errorf("answered %s", res.Status)
	}
	if got := b.get("/get?key=a"); got != "" {
		t.Errorf("stored %q", got)
	}
}

// A client that goes away does not take back what it asked for.
func TestDisconnectedClientIsStored(t *testing.T) {
	k := newKit(t, middleware.Config{})
	arrived, finished := make(chan struct{}), make(chan struct{})
	k.handle("POST /gone", func(_ responseWriter, r *request) error {
		k.Values().Put(r.Context(), "a", "b")
		close(arrived)
		<-r.Context().Done()
		defer close(finished)
		return k.Cart().Add(r.Context(), "sencha", 1)
	})
	b := k.browser()
	b.mustPost("/put?key=x&value=y")
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "POST", k.srv.URL+"/gone", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "session", Value: b.cookie})
	go func() {
		<-arrived
		cancel()
	}()
	if res, err := http.DefaultTransport.RoundTrip(r); err == nil {
		res.Body.Close()
	}
	<-finished
	eventually(t, "the change of a client that went away", func() bool { return b.get("/get?key=a") == "b" })
}
