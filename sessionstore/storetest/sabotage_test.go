package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/storetest"
)

// sabotages are stores with one fault each, of kinds that stores have had.
var sabotages = map[string]struct {
	caughtBy string // the sub-tests, of which one must fail
	open     func(m *sessionstore.Memory) sessionstore.Store
}{
	"a save creates the session that it does not find": {"I1_EndedIsFinal", func(m *sessionstore.Memory) sessionstore.Store {
		return applying{m, func(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
			res, err := m.Apply(ctx, c)
			if errors.Is(err, sessionstore.ErrEnded) && len(c.Values) > 0 {
				return sessionstore.Result{At: m.Now()}, nil
			}
			return res, err
		}}
	}},
	"read, modify, write": {"I2_Stress", func(m *sessionstore.Memory) sessionstore.Store {
		return applying{m, func(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
			if rec, err := m.Load(ctx, c.Session); err == nil {
				<-time.After(time.Millisecond)
				c.Cart = slices.Clone(c.Cart)
				for i, line := range c.Cart {
					if line.Op == sessionstore.AddLine {
						c.Cart[i].Op, c.Cart[i].Quantity = sessionstore.SetLine, rec.Cart[line.SKU]+line.Quantity
					}
				}
			}
			return m.Apply(ctx, c)
		}}
	}},
	"an end is told twice": {"I1_EndedIsFinal", func(m *sessionstore.Memory) sessionstore.Store {
		return applying{m, func(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
			res, err := m.Apply(ctx, c)
			if err == nil && c.End != nil {
				err = m.Append(ctx, analytics.Event{Type: analytics.SessionEnded, Session: c.Session.String(), Reason: c.End.Reason})
			}
			return res, err
		}}
	}},
	"the limit of logins is counted first and taken later": {"LoginLimit", func(m *sessionstore.Memory) sessionstore.Store {
		return applying{m, func(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
			if c.Login != nil && c.Login.Limit.Policy == sessionstore.DenyNew && c.Login.Limit.Max > 0 {
				recs, err := m.UserSessions(ctx, c.Login.User)
				if err != nil || len(recs) >= c.Login.Limit.Max {
					return sessionstore.Result{}, errors.Join(err, sessionstore.ErrTooManyLogins)
				}
				<-time.After(time.Millisecond)
				l := *c.Login
				c.Login, l.Limit = &l, sessionstore.LoginLimit{}
			}
			return m.Apply(ctx, c)
		}}
	}},
	"a login in flight outlives EndUser": {"I1_EndUser", func(m *sessionstore.Memory) sessionstore.Store {
		return applying{m, func(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
			if c.Login != nil {
				l := *c.Login
				c.Login, l.Began = &l, m.Now().Add(time.Millisecond)
			}
			return m.Apply(ctx, c)
		}}
	}},
	"losers of a rotation are left without successor": {"I5_Rotation", func(m *sessionstore.Memory) sessionstore.Store {
		return applying{m, func(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
			res, err := m.Apply(ctx, c)
			res.Sealed = nil
			return res, err
		}}
	}},
	"conflicts are not reported": {"I2_Values", func(m *sessionstore.Memory) sessionstore.Store {
		return applying{m, func(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
			res, err := m.Apply(ctx, c)
			res.Conflicts = nil
			return res, err
		}}
	}},
	"a replica that lags answers Load": {"Linearizable", func(m *sessionstore.Memory) sessionstore.Store {
		return &lagging{Memory: m, old: map[sessionstore.ID]*sessionstore.Record{}}
	}},
	"a cache remembers records": {"Model", func(m *sessionstore.Memory) sessionstore.Store {
		return &lagging{Memory: m, old: map[sessionstore.ID]*sessionstore.Record{}}
	}},
	"the sweeper waits for nobody": {"I7_Sweep", func(m *sessionstore.Memory) sessionstore.Store { return hasty{m} }},
	"a word is looked up first and noted later": {"Remember", func(m *sessionstore.Memory) sessionstore.Store {
		return slow{m, new(sync.Map)}
	}},
	"the key of a client is lost": {"Client", func(m *sessionstore.Memory) sessionstore.Store {
		return applying{m, func(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
			if c.Create != nil {
				create := *c.Create
				c.Create, create.Client.Key = &create, ""
			}
			return m.Apply(ctx, c)
		}}
	}},
	"acknowledgements are lost": {"I3_Feed", func(m *sessionstore.Memory) sessionstore.Store { return deaf{m} }},
	"all groups are one":        {"I3_Feed", func(m *sessionstore.Memory) sessionstore.Store { return oneGroup{m} }},
	"events come newest first":  {"I3_Events", func(m *sessionstore.Memory) sessionstore.Store { return newestFirst{m} }},
}

type applying struct {
	*sessionstore.Memory
	apply func(context.Context, sessionstore.Change) (sessionstore.Result, error)
}

func (a applying) Apply(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
	return a.apply(ctx, c)
}

// lagging answers every other Load with what the one before found.
type lagging struct {
	*sessionstore.Memory
	mu  sync.Mutex
	n   int
	old map[sessionstore.ID]*sessionstore.Record
}

func (l *lagging) Load(ctx context.Context, id sessionstore.ID) (*sessionstore.Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n++; l.n%2 == 0 && l.old[id] != nil {
		return l.old[id], nil
	}
	rec, err := l.Memory.Load(ctx, id)
	l.old[id] = rec
	return rec, err
}

type hasty struct{ *sessionstore.Memory }

func (h hasty) Sweep(ctx context.Context, _ time.Duration) (bool, error) {
	return h.Memory.Sweep(ctx, 0)
}

// slow looks a word up and notes it in two steps.
type slow struct {
	*sessionstore.Memory
	words *sync.Map
}

func (s slow) Remember(_ context.Context, word string, _ time.Duration) (bool, error) {
	_, known := s.words.Load(word)
	<-time.After(time.Millisecond)
	s.words.Store(word, true)
	return !known, nil
}

type deaf struct{ *sessionstore.Memory }

func (deaf) Ack(context.Context, string, []string) error { return nil }

type oneGroup struct{ *sessionstore.Memory }

func (o oneGroup) Read(ctx context.Context, _, consumer string, limit int) ([]analytics.Entry, error) {
	return o.Memory.Read(ctx, "all", consumer, limit)
}

func (o oneGroup) Ack(ctx context.Context, _ string, positions []string) error {
	return o.Memory.Ack(ctx, "all", positions)
}

type newestFirst struct{ *sessionstore.Memory }

func (n newestFirst) Events(ctx context.Context, q analytics.Query) ([]analytics.Event, error) {
	events, err := n.Memory.Events(ctx, q)
	slices.Reverse(events)
	return events, err
}

const sabotage = "STORETEST_SABOTAGE"

// TestRun_finds runs the suite on each sabotaged store, in a process of its own,
// and wants it to fail.
func TestRun_finds(t *testing.T) {
	t.Parallel()
	if name := os.Getenv(sabotage); name != "" {
		storetest.Run(t, storetest.Harness{Open: func(_ testing.TB, o storetest.Options) storetest.Instance {
			m, advance := openMemory(o)
			s := sabotages[name].open(m)
			return storetest.Instance{Store: s, Peer: s, Advance: advance}
		}})
		return
	}
	for name, s := range sabotages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRun_finds$/^"+s.caughtBy+"$", "-test.failfast", "-test.short", "-rapid.nofailfile")
			cmd.Env = append(os.Environ(), sabotage+"="+name)
			out, err := cmd.CombinedOutput()
			if _, failed := errors.AsType[*exec.ExitError](err); !failed || !strings.Contains(string(out), "--- FAIL: TestRun_finds/"+s.caughtBy) {
				t.Errorf("%s passed (%v), want it to fail:\n%s", s.caughtBy, err, out)
			}
		})
	}
}
