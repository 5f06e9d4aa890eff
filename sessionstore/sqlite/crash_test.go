package sqlite_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
)

// childFile names the file that a child process works on until it is killed.
const childFile = "SOJOURN_SQLITE_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		fmt.Fprintln(os.Stderr, work(path, os.Getenv("SOJOURN_SQLITE_NORMAL") != ""))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// work takes sessions through their lives, in eight goroutines, and says on
// standard output what it is about to do and what was acknowledged.
func work(path string, normal bool) error {
	o := sqlite.Options{CacheBytes: 64 << 10} // some reads come from the file
	if normal {
		o.Durability = sqlite.Normal
	}
	s, err := sqlite.Open(path, o)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	failures := make(chan error, 9)
	for i := range 8 {
		wg.Go(func() {
			for {
				if err := live(s, i); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	wg.Go(func() {
		for {
			if _, err := s.Sweep(context.Background(), 0); err != nil {
				failures <- err
				return
			}
		}
	})
	return <-failures
}

// live takes one session through its life.
func live(s *sqlite.Store, worker int) error {
	ctx := context.Background()
	id := sessionstore.NewID()
	do := func(what string, c sessionstore.Change) error {
		c.Session, c.AnyEpoch = id, true
		fmt.Printf("begin %v %s\n", id, what)
		_, err := s.Apply(ctx, c)
		if err == nil {
			fmt.Printf("done %v %s\n", id, what)
		}
		return err
	}
	add := sessionstore.Change{Cart: []sessionstore.CartChange{{SKU: "apple", Quantity: 1}}}
	login := sessionstore.NewSpanID()
	for _, step := range []struct {
		what   string
		change sessionstore.Change
	}{
		{"create", creation()},
		{"add", add},
		{"add", add},
		{"login", sessionstore.Change{
			Login: &sessionstore.LoginStart{ID: login, User: fmt.Sprint("user ", worker), Began: s.Now(), Idle: time.Hour},
			Renew: &sessionstore.Renewal{To: sessionstore.HashSecret([]byte(login))},
		}},
		{"add", add},
		{"logout", sessionstore.Change{EndLogin: &sessionstore.End{Reason: analytics.ReasonLogout, Login: login}}},
		{"add", add},
		{"end", sessionstore.Change{End: &sessionstore.End{Reason: analytics.ReasonLogout}}},
	} {
		if err := do(step.what, step.change); err != nil {
			return err
		}
	}
	return nil
}

// known is what the child said of one session: what it did, and what it was
// about to do, or nothing.
type known struct {
	apples, more int64 // acknowledged, and begun
	did, begun   string
}

func (k *known) hear(word, what string) {
	if word == "begin" {
		k.begun, k.more = what, 0
		if what == "add" {
			k.more = 1
		}
		return
	}
	k.did, k.begun, k.apples, k.more = cmp.Or(map[string]string{"add": k.did}[what], what), "", k.apples+k.more, 0
}

// crash lets a child work until it has said so many lines, and kills it.
func crash(t *testing.T, path string, normal bool, lines int, sessions map[string]*known) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childFile+"="+path)
	if normal {
		cmd.Env = append(cmd.Env, "SOJOURN_SQLITE_NORMAL=1")
	}
	var failure strings.Builder
	cmd.Stderr = &failure
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for n := 0; said.Scan(); n++ {
		word, rest, _ := strings.Cut(said.Text(), " ")
		id, what, whole := strings.Cut(rest, " ")
		if whole {
			if sessions[id] == nil {
				sessions[id] = &known{}
			}
			sessions[id].hear(word, what)
		}
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err == nil || failure.Len() > 0 {
		t.Fatalf("the child ended by itself: %v %s", err, failure.String())
	}
}

// survives checks what the child was told against what is there.
func survives(t *testing.T, s *sqlite.Store, sessions map[string]*known) {
	t.Helper()
	for name, k := range sessions {
		id, err := sessionstore.ParseID(name)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := s.Load(t.Context(), id)
		switch {
		case err != nil && !errors.Is(err, sessionstore.ErrEnded):
			t.Fatalf("Load = %v", err)
		case k.did == "end" && err == nil:
			t.Errorf("I1: a session that ended is back")
		case err != nil && k.did != "" && k.did != "end" && k.begun != "end":
			t.Errorf("I2: a session is gone after %s, as %q had begun", k.did, k.begun)
		}
		if err != nil {
			continue
		}
		if got := rec.Cart["apple"]; got < k.apples || got > k.apples+k.more {
			t.Errorf("I2: %d apples, want the %d that were acknowledged, and no more than %d", got, k.apples, k.apples+k.more)
		}
		in, begun := rec.Login != nil, k.begun == "login" || k.begun == "logout"
		if want := k.did == "login"; in != want && !begun {
			t.Errorf("I1: logged in: %v, after %s and %q had begun", in, k.did, k.begun)
		}
	}
}

// auditEnds checks that whatever started did so once, and ended once at most.
func auditEnds(t *testing.T, s *sqlite.Store, sessions map[string]*known) {
	t.Helper()
	events, err := s.Events(t.Context(), analytics.Query{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range events {
		seen[e.ID]++
		switch e.Type {
		case analytics.SessionStarted, analytics.SessionEnded:
			seen[string(e.Type)+e.Session]++
		case analytics.LoginStarted, analytics.LoginEnded:
			seen[string(e.Type)+e.Login]++
			if e.Type == analytics.LoginEnded && seen[string(analytics.LoginStarted)+e.Login] != 1 {
				t.Errorf("I3: login %s ended without a start", e.Login)
			}
		default: // is no start and no end
		}
	}
	for what, n := range seen {
		if n != 1 {
			t.Errorf("I3: %d × %s", n, what)
		}
	}
	for id, k := range sessions {
		if k.did != "" && seen[string(analytics.SessionStarted)+id] != 1 {
			t.Errorf("I3: no start of session %s", id)
		}
		if k.did == "end" && seen[string(analytics.SessionEnded)+id] != 1 {
			t.Errorf("I3: no end of session %s, which ended", id)
		}
	}
}

// soak reports whether there is time to be thorough.
func soak() bool { return os.Getenv("SOJOURN_SOAK") != "" }

func TestStore_I1_I2_I3_killed(t *testing.T) {
	t.Parallel()
	kills := 12
	if soak() {
		kills = 200
	}
	path := newFile(t)
	all := map[string]*known{}
	for i := range kills {
		crash(t, path, i%2 == 0, 20+i*131%900, all)
		s, err := sqlite.Open(path, sqlite.Options{Durability: sqlite.Durability(i % 2)})
		if err != nil {
			t.Fatalf("Open after kill %d = %v", i, err)
		}
		survives(t, s, all)
		auditEnds(t, s, all)
		if err := errors.Join(s.Check(t.Context()), s.Close()); err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
		if t.Failed() {
			t.Fatalf("after kill %d of %d", i+1, kills)
		}
	}
	t.Logf("%d kills, %d sessions", kills, len(all))
}
