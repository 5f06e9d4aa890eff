package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
	"github.com/sojourn-go/sojourn/sessionstore/storetest"
)

var errDisk = errors.New("the disk is gone")

// faulty is a store whose disk comes and goes. While it is gone every
// transaction fails, at one statement or the other; what is only read, and may
// lie in memory, is refused here.
type faulty struct {
	*sqlite.Store
	gone atomic.Bool
	n    atomic.Int64
}

func (f *faulty) fault(query string) error {
	if !f.gone.Load() || query == "ROLLBACK" {
		return nil
	}
	if query == "COMMIT" || f.n.Add(1)%5 == 0 {
		return errDisk
	}
	return nil
}

func (f *faulty) err() error {
	if f.gone.Load() {
		return errDisk
	}
	return nil
}

func (f *faulty) Load(ctx context.Context, id sessionstore.ID) (*sessionstore.Record, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return f.Store.Load(ctx, id)
}

func (f *faulty) Sessions(ctx context.Context, limit int) ([]*sessionstore.Record, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return f.Store.Sessions(ctx, limit)
}

func (f *faulty) UserSessions(ctx context.Context, user string) ([]*sessionstore.Record, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return f.Store.UserSessions(ctx, user)
}

func (f *faulty) Events(ctx context.Context, q analytics.Query) ([]analytics.Event, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return f.Store.Events(ctx, q)
}

// The cache holds next to nothing, so that all is read from the file, too.
func TestStore_I6_transactionsFail(t *testing.T) {
	t.Parallel()
	h := harness(sqlite.Options{CacheBytes: 2000})
	storetest.Run(t, storetest.Harness{Open: func(tb testing.TB, o storetest.Options) storetest.Instance {
		tb.Helper()
		in := h.Open(tb, o)
		f := &faulty{Store: in.Store.(*sqlite.Store)}
		if err := f.SetFault(f.fault); err != nil {
			tb.Fatal(err)
		}
		in.Store, in.Peer = f, f
		in.Break = func() func() {
			f.gone.Store(true)
			return func() { f.gone.Store(false) }
		}
		return in
	}})
}

// fill creates sessions with large values until the store refuses, and returns
// those that it acknowledged and the error.
func fill(t *testing.T, s *sqlite.Store) (held []sessionstore.ID, err error) {
	t.Helper()
	for range 10_000 {
		c := creation()
		c.Values = []sessionstore.ValueChange{{Key: "k", Value: strings.Repeat("v", 60_000)}}
		if _, err := s.Apply(t.Context(), c); err != nil {
			return held, err
		}
		held = append(held, c.Session)
	}
	t.Fatal("the disk does not fill")
	return nil, nil
}

// wantStands checks that a store whose disk was full holds what it acknowledged,
// and nothing of what it did not.
func wantStands(t *testing.T, s *sqlite.Store, held []sessionstore.ID) {
	t.Helper()
	for _, id := range held {
		if rec, err := s.Load(t.Context(), id); err != nil || len(rec.Values["k"]) != 60_000 {
			t.Fatalf("I2: after the disk was full, Load = %v, want what was acknowledged", err)
		}
	}
	recs, err := s.Sessions(t.Context(), -1)
	if err != nil || len(recs) != len(held) {
		t.Errorf("I2: %d sessions (%v), want the %d that were acknowledged", len(recs), err, len(held))
	}
	events, err := s.Events(t.Context(), analytics.Query{Type: analytics.SessionStarted})
	if err != nil || len(events) != len(held) {
		t.Errorf("I3: %d starts (%v), want the %d that were acknowledged", len(events), err, len(held))
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func wantNoAnswer(t *testing.T, err error) {
	t.Helper()
	for _, answer := range []error{sessionstore.ErrEnded, sessionstore.ErrExists, sessionstore.ErrTooLarge, sessionstore.ErrInvalid} {
		if errors.Is(err, answer) {
			t.Errorf("I6: a full disk = %v, which is an answer about the session", err)
		}
	}
}

func TestStore_I6_fullDatabase(t *testing.T) {
	t.Parallel()
	s := open(t, newFile(t), sqlite.Options{})
	if err := s.Exec("PRAGMA max_page_count = 300"); err != nil {
		t.Fatal(err)
	}
	held, err := fill(t, s)
	wantNoAnswer(t, err)
	if len(held) == 0 || !strings.Contains(err.Error(), "full") {
		t.Errorf("after %d sessions: %v, want an error that says that the disk is full", len(held), err)
	}
	wantStands(t, s, held)
	if _, err := s.Apply(t.Context(), sessionstore.Change{Session: held[0], End: &sessionstore.End{Reason: analytics.ReasonLogout}}); err != nil {
		t.Errorf("a logout, which takes no room = %v", err)
	}
	if err := s.Exec("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), creation()); err != nil {
		t.Errorf("I6: when there is room again: %v", err)
	}
}

// TestStore_I6_fullDisk fills a real file system.
func TestStore_I6_fullDisk(t *testing.T) {
	dir := smallDisk(t, "2m")
	path := filepath.Join(dir, "sessions.db")
	s := open(t, path, sqlite.Options{})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 600<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := fill(t, s)
	wantNoAnswer(t, err)
	if len(held) == 0 {
		t.Fatalf("no session fits: %v", err)
	}
	wantStands(t, s, held)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	add := sessionstore.Change{Session: held[0], Cart: []sessionstore.CartChange{{SKU: "apple", Quantity: 1}}}
	if _, err := s.Apply(t.Context(), add); err != nil {
		t.Fatalf("I6: when there is room again: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, sqlite.Options{})
	wantStands(t, s, held)
	if rec, err := s.Load(t.Context(), held[0]); err != nil || rec.Cart["apple"] != 1 {
		t.Errorf("I2: %+v, %v, want the apple that was added when there was room again", rec, err)
	}
}
