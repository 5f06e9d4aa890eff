package sqlite_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
)

// held stops the writer of a store before a transaction until release is called.
func held(t *testing.T, s *sqlite.Store, fail *atomic.Bool) (release func()) {
	t.Helper()
	waits, gate := make(chan struct{}), make(chan struct{})
	var once sync.Once
	err := s.SetFault(func(query string) error {
		if query == "BEGIN IMMEDIATE" {
			once.Do(func() {
				close(waits)
				<-gate
			})
		}
		if query == "COMMIT" && fail.Load() {
			return errDisk
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Ping(t.Context())
	<-waits
	return sync.OnceFunc(func() { close(gate) })
}

// Until it is begun a change can be called off, and has then not happened.
func TestStore_Apply_calledOff(t *testing.T) {
	t.Parallel()
	s := open(t, newFile(t), sqlite.Options{})
	var never atomic.Bool
	release := held(t, s, &never)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	c := creation()
	done := make(chan error)
	go func() {
		_, err := s.Apply(ctx, c)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Apply = %v, want the error of its ctx", err)
	}
	release()
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), c.Session); !errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Load = %v, want no session: the change was called off", err)
	}
}

// Those who share a transaction that fails all learn of it, and nothing of what
// they asked for has happened.
func TestStore_I6_sharedTransaction(t *testing.T) {
	t.Parallel()
	s := open(t, newFile(t), sqlite.Options{})
	rec := creation()
	if _, err := s.Apply(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	var fail atomic.Bool
	release := held(t, s, &fail)
	defer release()
	fail.Store(true)
	add := sessionstore.Change{Session: rec.Session, Values: []sessionstore.ValueChange{{Op: sessionstore.AddValue, Key: "n", Delta: 1}}}
	errs := make(chan error)
	for range 20 {
		go func() {
			_, err := s.Apply(t.Context(), add)
			errs <- err
		}()
	}
	release()
	for range 20 {
		if err := <-errs; !errors.Is(err, errDisk) {
			t.Errorf("I6: Apply = %v, want the error of the disk", err)
		}
	}
	got, err := s.Load(t.Context(), rec.Session)
	if err != nil || got.Values["n"] != "" {
		t.Errorf("Load = %+v, %v, want nothing added", got, err)
	}
	fail.Store(false)
	res, err := s.Apply(t.Context(), add)
	if err != nil || res.Added["n"] != 1 {
		t.Errorf("Apply when the disk is back = %+v, %v, want the first addition", res, err)
	}
}
