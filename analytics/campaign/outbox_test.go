package campaign_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
)

// childFile names the outbox that a child process works on.
const childFile = "SOJOURN_CAMPAIGN_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		if err := child(path, os.Getenv("SOJOURN_CAMPAIGN_DIES") != ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// many are the sessions of tests with several runners.
func many() earners {
	var e earners
	for i := range 60 {
		e.sessions = append(e.sessions, fmt.Sprint("s", i))
	}
	return e
}

// child says on standard output what its hook is called with, and can die at the
// first call.
func child(path string, dies bool) error {
	var mu sync.Mutex
	now := &clock{now: noon.Add(time.Hour)}
	r, err := campaign.New(campaign.Options{
		Warehouse: many(), Path: path, Campaigns: []campaign.Campaign{badge}, Now: now.Now,
		Hooks: hook(campaign.HookFunc(func(_ context.Context, o campaign.Occasion) error {
			mu.Lock()
			defer mu.Unlock()
			fmt.Println(o.ID)
			if dies {
				os.Exit(3)
			}
			return nil
		})),
	})
	if err != nil {
		return err
	}
	return errors.Join(r.RunOnce(context.Background()), r.Close())
}

// startChild starts a child process, and returns a function that waits for it and
// returns what it said.
func startChild(t *testing.T, path string, env ...string) func() ([]string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), append(env, childFile+"="+path)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() (said []string, _ error) {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said = append(said, lines.Text())
		}
		return said, cmd.Wait()
	}
}

func TestOccasionIsInsertedAndDeliveredOnceByManyRunners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	children := []func() ([]string, error){startChild(t, path), startChild(t, path)}
	var mu sync.Mutex
	calls := map[string]int{}
	count := func(id string) {
		mu.Lock()
		defer mu.Unlock()
		calls[id]++
	}
	h := campaign.HookFunc(func(_ context.Context, o campaign.Occasion) error {
		count(o.ID)
		return nil
	})
	var wg sync.WaitGroup
	runners := make([]*campaign.Runner, 20)
	for i := range runners {
		wg.Go(func() {
			r, err := campaign.New(campaign.Options{
				Warehouse: many(), Path: path, Campaigns: []campaign.Campaign{badge}, Hooks: hook(h),
				Now: func() time.Time { return noon.Add(time.Hour) },
			})
			if err != nil {
				t.Error(err)
				return
			}
			runners[i] = r
			if err := r.RunOnce(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	for _, wait := range children {
		said, err := wait()
		if err != nil {
			t.Errorf("child: %v", err)
		}
		for _, id := range said {
			count(id)
		}
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if len(calls) != 60 {
		t.Errorf("%d occasions, want 60", len(calls))
	}
	for id, n := range calls {
		if n != 1 {
			t.Errorf("%s: %d calls", id, n)
		}
	}
	s, err := runners[0].Stats(t.Context())
	if err != nil || s.Campaigns["badge"].Found != 60 || s.Hooks["hook"].Delivered != 60 {
		t.Errorf("stats %+v, %v", s, err)
	}
	for _, r := range runners {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDeathBetweenCallAndNoteRepeatsTheCallWithTheSameID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	said, err := startChild(t, path, "SOJOURN_CAMPAIGN_DIES=yes")()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 || len(said) != 1 {
		t.Fatalf("the child said %q and ended with %v", said, err)
	}
	var h told
	r, now := newRunner(t, campaign.Options{Warehouse: many(), Path: path, Hooks: hook(&h)})
	called := func(id string) (n int) {
		for _, o := range h.all() {
			if o.ID == id {
				n++
			}
		}
		return n
	}
	once(t, r)
	if n := called(said[0]); n != 0 {
		t.Errorf("%d calls while another process may be about it", n)
	}
	now.advance(time.Minute)
	once(t, r)
	now.advance(time.Hour)
	once(t, r)
	if n := called(said[0]); n != 1 {
		t.Errorf("%d calls in place of the dead process, want 1", n)
	}
	if got, want := statsOf(t, r), (campaign.Deliveries{Delivered: 60}); got != want || len(h.all()) != 60 {
		t.Errorf("%d calls, stats %+v, want %+v", len(h.all()), got, want)
	}
}

func TestOutboxSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with ? and #.db")
	h := told{answer: func(context.Context, campaign.Occasion) error { return errDown }}
	r, _ := newRunner(t, campaign.Options{Path: path, Hooks: hook(&h)})
	_ = r.RunOnce(t.Context())
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	var after told
	r, now := newRunner(t, campaign.Options{Path: path, Hooks: hook(&after)})
	now.advance(time.Minute)
	once(t, r)
	if got := after.all(); len(got) != 1 || got[0].ID != h.all()[0].ID {
		t.Errorf("told of %+v, before of %+v", got, h.all())
	}
}

// statement runs one on a file.
func statement(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), query)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOutboxRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	open := func(path string) error {
		r, err := campaign.New(campaign.Options{Path: path, Warehouse: earners{}, Campaigns: []campaign.Campaign{badge}})
		if err == nil {
			err = r.Close()
		}
		return err
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign, newer := filepath.Join(dir, "foreign.db"), filepath.Join(dir, "newer.db")
	statement(t, foreign, "CREATE TABLE sessions (id)")
	if err := open(newer); err != nil {
		t.Fatal(err)
	}
	statement(t, newer, "PRAGMA user_version = 2")
	for path, want := range map[string]error{text: campaign.ErrForeign, foreign: campaign.ErrForeign, newer: campaign.ErrNewer} {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := open(path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", filepath.Base(path), err, want)
		}
		if after, err := os.ReadFile(path); err != nil || !slices.Equal(before, after) {
			t.Errorf("%s was changed (%v)", filepath.Base(path), err)
		}
	}
	if err := open(filepath.Join(dir, "none", "campaigns.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that does not exist: %v", err)
	}
}

func TestOutboxSkipsWhatItCannotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	h := told{answer: func(context.Context, campaign.Occasion) error { return errDown }}
	r, now := newRunner(t, campaign.Options{Path: path, Warehouse: earners{sessions: []string{"s1", "s2"}}, Hooks: hook(&h)})
	_ = r.RunOnce(t.Context())
	statement(t, path, "UPDATE occasions SET body = '{' WHERE session = 's1'")
	h.answer = nil
	now.advance(time.Hour)
	if err := r.RunOnce(t.Context()); err == nil {
		t.Error("no error")
	}
	once(t, r)
	if got, want := statsOf(t, r), (campaign.Deliveries{Delivered: 1, Failed: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestOutboxInMemoryOutlivesQuestionsThatAreCalledOff(t *testing.T) {
	r, _ := newRunner(t, campaign.Options{Warehouse: many()})
	once(t, r)
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = r.Occasions(ctx, campaign.Query{}) })
		cancel()
		wg.Wait()
	}
	if list, err := r.Occasions(t.Context(), campaign.Query{}); err != nil || len(list) != 60 {
		t.Errorf("%d occasions, %v; want 60", len(list), err)
	}
}

func TestOutboxForgetsButDoesNotRepeat(t *testing.T) {
	var h told
	r, now := newRunner(t, campaign.Options{Hooks: hook(&h), Keep: 10 * day})
	once(t, r)
	now.advance(11 * day)
	once(t, r)
	once(t, r)
	if n := len(h.all()); n != 1 {
		t.Errorf("told %d times", n)
	}
	s, err := r.Stats(t.Context())
	if err != nil || len(s.Campaigns) != 0 || len(s.Hooks) != 0 {
		t.Errorf("stats %+v, %v; want nothing", s, err)
	}
	list, err := r.Occasions(t.Context(), campaign.Query{Session: "s1"})
	if err != nil || len(list) != 0 {
		t.Errorf("occasions %+v, %v; want none", list, err)
	}
}

func TestOutboxGivesUpWhatNobodyComesTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "campaigns.db")
	h := told{answer: func(context.Context, campaign.Occasion) error { return errDown }}
	r, _ := newRunner(t, campaign.Options{Path: path, Hooks: hook(&h)})
	_ = r.RunOnce(t.Context())
	without, now := newRunner(t, campaign.Options{Path: path})
	now.advance(3*day - time.Hour)
	once(t, without)
	if got, want := statsOf(t, r), (campaign.Deliveries{Pending: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
	now.advance(2 * time.Hour)
	once(t, without)
	if got, want := statsOf(t, r), (campaign.Deliveries{Failed: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestOccasionsAreListedLatestFirst(t *testing.T) {
	w := newTraffic(t)
	w.visit("laptop", "ada", noon.Add(-3*time.Hour), 0, "comment")
	w.visit("phone", "ada", noon.Add(-2*time.Hour), 0, "comment", "like")
	w.visit("desk", "", noon.Add(-time.Hour), 0, "like")
	r, _ := newRunner(t, campaign.Options{Warehouse: w, Campaigns: []campaign.Campaign{
		campaign.Badge{Name: "commentator", Action: "comment"}, campaign.Badge{Name: "liker", Action: "like"},
	}})
	once(t, r)
	for _, test := range []struct {
		name string
		q    campaign.Query
		want string
	}{
		{"all", campaign.Query{}, "desk liker, phone commentator, phone liker, laptop commentator"},
		{"of a user", campaign.Query{User: "ada"}, "phone commentator, phone liker, laptop commentator"},
		{"of a session", campaign.Query{Session: "desk"}, "desk liker"},
		{"of both", campaign.Query{User: "ada", Session: "desk", Limit: 2}, "desk liker, phone commentator"},
		{"of a campaign", campaign.Query{User: "ada", Campaign: "liker"}, "phone liker"},
		{"of nobody", campaign.Query{User: "bob"}, ""},
	} {
		list, err := r.Occasions(t.Context(), test.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range list {
			got = append(got, o.Session+" "+o.Campaign)
		}
		if s := strings.Join(got, ", "); s != test.want {
			t.Errorf("%s: %s, want %s", test.name, s, test.want)
		}
	}
	if _, err := r.Occasions(t.Context(), campaign.Query{Limit: 1001}); err == nil {
		t.Error("a limit of 1001 was accepted")
	}
}
