package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
)

// A backup that is taken while everything moves is one moment of the store: the
// sessions hold what the events before that moment say.
func TestStore_Backup_whileWriting(t *testing.T) {
	t.Parallel()
	s := open(t, newFile(t), sqlite.Options{Durability: sqlite.Normal})
	var before []sessionstore.ID
	for range 50 {
		c := creation()
		if _, err := s.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		before = append(before, c.Session)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, id := range before[:8] {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				change := sessionstore.Change{Session: id, Cart: []sessionstore.CartChange{{SKU: "apple", Quantity: 1}}}
				if _, err := s.Apply(t.Context(), change); err != nil {
					t.Errorf("a change during the backup = %v", err)
					return
				}
			}
		})
	}
	path := newFile(t)
	err := s.Backup(t.Context(), path)
	close(stop)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("I4: the backup has mode %v, %v, want 0600", info.Mode(), err)
	}
	if err := s.Backup(t.Context(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Backup over a file = %v, want that it exists", err)
	}
	copied := open(t, path, sqlite.Options{})
	if err := copied.Check(t.Context()); err != nil {
		t.Error(err)
	}
	for _, id := range before {
		rec, err := copied.Load(t.Context(), id)
		if err != nil {
			t.Fatalf("Load from the backup = %v", err)
		}
		events, err := copied.Events(t.Context(), analytics.Query{Session: id.String(), Type: analytics.CartChanged})
		if err != nil {
			t.Fatal(err)
		}
		want := int64(0)
		if n := len(events); n > 0 {
			want, _ = strconv.ParseInt(events[n-1].Attributes["quantity"], 10, 64)
		}
		if rec.Cart["apple"] != want || int(want) != len(events) {
			t.Errorf("I3: the backup holds %d apples, and the events of %d, the last of which says %d", rec.Cart["apple"], len(events), want)
		}
	}
	if _, err := copied.Apply(t.Context(), creation()); err != nil {
		t.Error(err)
	}
}

func TestStore_Backup_nowhere(t *testing.T) {
	t.Parallel()
	s := open(t, newFile(t), sqlite.Options{})
	if err := s.Backup(t.Context(), newFile(t)+"/none/file"); err == nil {
		t.Error("Backup where there is no directory = nil, want an error")
	}
}
