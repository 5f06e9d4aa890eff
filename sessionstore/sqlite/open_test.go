package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
)

// creation creates a session.
func creation() sessionstore.Change {
	return sessionstore.Change{
		Session: sessionstore.NewID(),
		Create:  &sessionstore.Creation{Credential: sessionstore.HashSecret([]byte("secret")), Idle: time.Hour},
	}
}

// filled returns a file with n sessions in it.
func filled(t *testing.T, n int) (path string, held []sessionstore.ID) {
	t.Helper()
	path = newFile(t)
	s := open(t, path, sqlite.Options{Durability: sqlite.Normal})
	for range n {
		c := creation()
		if _, err := s.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		held = append(held, c.Session)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path, held
}

func TestOpen_again(t *testing.T) {
	t.Parallel()
	path, held := filled(t, 20)
	for _, d := range []sqlite.Durability{sqlite.Full, sqlite.Normal} {
		s := open(t, path, sqlite.Options{Durability: d})
		for _, id := range held {
			if _, err := s.Load(t.Context(), id); err != nil {
				t.Errorf("Load after Open again = %v", err)
			}
		}
		c := creation()
		c.Session = held[0]
		if _, err := s.Apply(t.Context(), c); !errors.Is(err, sessionstore.ErrExists) {
			t.Errorf("I1: making a session a second time = %v, want ErrExists", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"Ping": s.Ping(t.Context()), "Close": s.Close(), "Check": s.Check(t.Context())} {
			if !errors.Is(err, sqlite.ErrClosed) {
				t.Errorf("%s after Close = %v, want ErrClosed", name, err)
			}
		}
		if _, err := s.Load(t.Context(), held[0]); !errors.Is(err, sqlite.ErrClosed) {
			t.Errorf("Load after Close = %v, want ErrClosed", err)
		}
	}
}

func TestOpen_mode(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	open(t, path, sqlite.Options{})
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 4 {
		t.Errorf("%d files, %v, want the file, its log, index and lock", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("I4: %s has mode %v, want 0600", f.Name(), info.Mode())
		}
	}
}

// An empty file, such as mktemp makes, holds nothing that could be lost.
func TestOpen_emptyFile(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, path, sqlite.Options{}).Apply(t.Context(), creation()); err != nil {
		t.Error(err)
	}
}

func TestOpen_leftovers(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	for _, name := range []string{".new", ".new-journal", ".lock"} { // of a process that died as it made the file
		if err := os.WriteFile(path+name, []byte("half a file"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, path, sqlite.Options{})
}

func TestOpen_inUse(t *testing.T) {
	t.Parallel()
	if path := os.Getenv("SOJOURN_SQLITE_OPEN"); path != "" { // the second process
		_, err := sqlite.Open(path, sqlite.Options{})
		fmt.Printf("in use: %v, %v\n", errors.Is(err, sqlite.ErrInUse), err)
		return
	}
	path := newFile(t)
	s := open(t, path, sqlite.Options{})
	if _, err := sqlite.Open(path, sqlite.Options{}); !errors.Is(err, sqlite.ErrInUse) || !strings.Contains(err.Error(), path) {
		t.Errorf("a second Open = %v, want ErrInUse that names the file", err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOpen_inUse$")
	cmd.Env = append(os.Environ(), "SOJOURN_SQLITE_OPEN="+path)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "in use: true") || !strings.Contains(string(out), path) {
		t.Errorf("Open in another process: %v, %s, want ErrInUse that names the file", err, out)
	}
	if _, err := s.Apply(t.Context(), creation()); err != nil {
		t.Errorf("the first store, after the attempts of others: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, sqlite.Options{})
}

func TestOpen_noDirectory(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Join(t.TempDir(), "none"), file, "/proc"} {
		s, err := sqlite.Open(filepath.Join(dir, "sessions.db"), sqlite.Options{})
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("Open in %s = %v, want an error that names it", dir, err)
		}
	}
}

func TestOpen_options(t *testing.T) {
	t.Parallel()
	for _, o := range []sqlite.Options{{Durability: 7}, {CacheBytes: -1}} {
		if s, err := sqlite.Open(newFile(t), o); err == nil {
			s.Close()
			t.Errorf("Open with %+v = nil, want an error", o)
		}
	}
}

// What is not ours, of a newer version, or damaged is reported and left alone.
func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		want  error
	}{
		{"text", func(t *testing.T, path string) {
			write(t, path, 0, true, []byte(strings.Repeat("no database\n", 1000)))
		}, sqlite.ErrForeign},
		{"short", func(t *testing.T, path string) { write(t, path, 0, true, []byte("SQLite format 3\x00")) }, sqlite.ErrForeign},
		{"directory", func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, sqlite.ErrForeign},
		{"another's", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			execute(t, path, "CREATE TABLE mine (x)")
		}, sqlite.ErrForeign},
		{"newer", func(t *testing.T, path string) { execute(t, path, "PRAGMA user_version = 2") }, sqlite.ErrNewer},
		{"without a table", func(t *testing.T, path string) { execute(t, path, "DROP TABLE logins") }, sqlite.ErrDamaged},
		{"header of zeros", func(t *testing.T, path string) { write(t, path, 0, false, make([]byte, 4096)) }, sqlite.ErrForeign},
		{"schema of noise", func(t *testing.T, path string) { write(t, path, 100, false, noise(3996)) }, sqlite.ErrDamaged},
		{"all of noise", func(t *testing.T, path string) { write(t, path, 100, false, noise(size(t, path)-100)) }, sqlite.ErrDamaged},
		{"truncated", func(t *testing.T, path string) {
			if err := os.Truncate(path, int64(size(t, path))/2); err != nil {
				t.Fatal(err)
			}
		}, sqlite.ErrDamaged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path, _ := filled(t, 200)
			tt.spoil(t, path)
			before, _ := os.ReadFile(path)
			s, err := sqlite.Open(path, sqlite.Options{})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Open = %v, want %v that names the file", err, tt.want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if s, err := sqlite.Open(path, sqlite.Options{}); !errors.Is(err, tt.want) {
				t.Errorf("Open once more = %v, %v, want %v again: the lock was not given back", s, err, tt.want)
			}
		})
	}
}

// Damage inside the tables shows when it is read, as a failure of the store and
// not as the absence of a session, and to Check.
func TestStore_I6_damage(t *testing.T) {
	t.Parallel()
	path, held := filled(t, 500)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	id := held[250]
	for at := range len(whole) / page { // its row, and where the index has it
		if at *= page; bytes.Contains(whole[at:at+page], id[:]) {
			write(t, path, at, false, noise(page))
		}
	}
	s, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); !errors.Is(err, sqlite.ErrDamaged) {
		t.Errorf("Check = %v, want ErrDamaged", err)
	}
	failures := 0
	for _, id := range held {
		if _, err := s.Load(t.Context(), id); errors.Is(err, sqlite.ErrDamaged) {
			failures++
		}
	}
	if failures == 0 || failures == len(held) {
		t.Errorf("I6: %d of %d Loads fail, want those of what is damaged", failures, len(held))
	}
	if _, err := s.Apply(t.Context(), creation()); err != nil && !errors.Is(err, sqlite.ErrDamaged) {
		t.Errorf("Apply = %v", err)
	}
	if _, err := s.Events(t.Context(), analytics.Query{}); err != nil && !errors.Is(err, sqlite.ErrDamaged) {
		t.Errorf("Events = %v", err)
	}
}

func write(t *testing.T, path string, at int, truncate bool, b []byte) {
	t.Helper()
	flags := os.O_WRONLY
	if truncate {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(b, int64(at))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func size(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

// noise is bytes that look random and are the same in every run.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint64(1)
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = byte(x >> 56)
	}
	return b
}

func execute(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "PRAGMA journal_mode = DELETE;"+query)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
