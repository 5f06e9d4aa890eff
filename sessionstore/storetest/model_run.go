package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func models() []scenario {
	// So much time passes that the feed is trimmed; each run audits its own events.
	return []scenario{{name: "I1_I2_I3_I7_random_changes", run: randomChanges, drops: true}}
}

// randomChanges makes random changes one after the other and compares the store
// with the model after each. Limits are odd numbers of minutes and the clock
// moves by even ones, so that a store whose clock also runs by itself meets no
// limit at its very moment.
func randomChanges(e *env) {
	feed := &feedReader{e: e, of: map[string][]analytics.Event{}, ids: map[string]bool{}}
	rapid.Check(e.T, func(t *rapid.T) {
		r := &modelRun{T: t, env: e, feed: feed, model: &modelStore{ended: map[string]time.Time{}}, prefix: sessionstore.NewSpanID()}
		t.Repeat(map[string]func(*rapid.T){
			"create":      r.create,
			"change":      r.change,
			"more change": r.change,
			"login":       r.login,
			"end":         r.end,
			"end user":    r.endUser,
			"touch":       r.touch,
			"advance":     func(*rapid.T) { r.advance() },
			"sweep":       r.sweep,
			"":            r.check,
		})
		r.finish()
	})
}

type modelRun struct {
	*rapid.T
	env    *env
	feed   *feedReader
	model  *modelStore
	prefix string
}

func (r *modelRun) now() time.Time { return r.env.Store.Now() }

func (r *modelRun) advance() {
	r.env.Advance(time.Duration(2*rapid.IntRange(1, 8).Draw(r.T, "two minutes")) * time.Minute)
}

// limit draws an odd number of minutes.
func (r *modelRun) limit(what string) time.Duration {
	return time.Duration(2*rapid.IntRange(2, 15).Draw(r.T, what)+1) * time.Minute
}

func (r *modelRun) lifetime(what string) time.Duration {
	if rapid.Bool().Draw(r.T, "no "+what) {
		return 0
	}
	return r.limit(what)
}

func (r *modelRun) session() *modelSession {
	if len(r.model.sessions) == 0 {
		r.Skip("no session yet")
	}
	return r.model.sessions[rapid.IntRange(0, len(r.model.sessions)-1).Draw(r.T, "session")]
}

func (r *modelRun) user() string {
	return r.prefix + rapid.SampledFrom([]string{"ann", "bob"}).Draw(r.T, "user")
}

func (r *modelRun) key() string {
	return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r.T, "key")
}

// loginStart draws a login. The clock moves first, so that no two logins of one
// user began at the same moment.
func (r *modelRun) loginStart(c *sessionstore.Change) {
	began := r.now()
	if !rapid.Bool().Draw(r.T, "slow") {
		r.env.Advance(2 * time.Minute)
		began = r.now()
	} else {
		r.advance()
	}
	c.Login = &sessionstore.LoginStart{
		ID: sessionstore.NewSpanID(), User: r.user(), Began: began, Idle: r.lifetime("login idle"), Max: r.lifetime("login max"),
		Limit: sessionstore.LoginLimit{
			Max:    rapid.IntRange(1, 3).Draw(r.T, "most logins"),
			Policy: sessionstore.LoginPolicy(rapid.IntRange(0, 2).Draw(r.T, "policy")),
		},
	}
	if c.Create == nil {
		c.Renew = &sessionstore.Renewal{To: newHash(), Grace: grace}
	}
}

func (r *modelRun) visitStart(c *sessionstore.Change) {
	c.Visit = &sessionstore.VisitStart{ID: sessionstore.NewSpanID(), Idle: r.limit("visit idle"), Max: r.lifetime("visit max")}
}

// create makes a session, often with a visit, and sometimes with a login.
func (r *modelRun) create(*rapid.T) {
	c := creationOf(newHash(), limited(r.limit("idle"), r.lifetime("max")))
	if rapid.Bool().Draw(r.T, "visit") {
		r.visitStart(&c)
	}
	if rapid.Bool().Draw(r.T, "login") {
		r.loginStart(&c)
	}
	r.apply(&modelSession{}, c)
}

func (r *modelRun) login(*rapid.T) {
	m := r.session()
	c := r.of(m)
	r.loginStart(&c)
	r.apply(m, c)
}

func (r *modelRun) end(*rapid.T) {
	m := r.session()
	c := r.of(m)
	ending(rapid.SampledFrom([]analytics.Reason{analytics.ReasonLogout, analytics.ReasonRevoked, analytics.ReasonReused}).Draw(r.T, "reason"))(&c)
	r.apply(m, c)
}

// of begins a change of a session, now and then under a wrong epoch.
func (r *modelRun) of(m *modelSession) sessionstore.Change {
	c := sessionstore.Change{Session: m.id, Epoch: m.epoch}
	switch rapid.IntRange(0, 9).Draw(r.T, "epoch") {
	case 0:
		c.Epoch--
	case 1, 2:
		c.AnyEpoch, c.Epoch = true, 0
	}
	return c
}

// change draws a change of a few parts.
func (r *modelRun) change(*rapid.T) {
	m := r.session()
	c := r.of(m)
	keys := map[string]bool{}
	for range rapid.IntRange(1, 4).Draw(r.T, "parts") {
		switch part := rapid.IntRange(0, 11).Draw(r.T, "part"); part {
		case 0:
			leaving(analytics.ReasonLogout)(&c)
		case 1:
			clearing(&c)
		case 2:
			rotating(m.secret, newHash(), "sealed")(&c)
		case 3:
			renewing(newHash())(&c)
		case 4, 5:
			r.visitStart(&c)
		case 6:
			checkingOut("order")(&c)
		case 7, 8:
			addingLine(rapid.SampledFrom([]string{"apple", "pear"}).Draw(r.T, "SKU"), rapid.Int64Range(-2, 3).Draw(r.T, "quantity"))(&c)
		default:
			v := sessionstore.ValueChange{Op: sessionstore.ValueOp(rapid.IntRange(0, 3).Draw(r.T, "op")), Key: r.key()}
			if v.Op == sessionstore.AddValue {
				v.Key = "count"
			}
			if keys[v.Key] {
				continue
			}
			keys[v.Key] = true
			v.Value, v.Delta = rapid.SampledFrom([]string{"", "1", "2", "three"}).Draw(r.T, "value"), rapid.Int64Range(-9, 9).Draw(r.T, "delta")
			v.Base, v.HasBase = m.values[v.Key]
			if rapid.IntRange(0, 3).Draw(r.T, "unseen") == 0 {
				v.Base, v.HasBase = "1", true
			}
			c.Values = append(c.Values, v)
		}
	}
	if c.Clear { // and a base is of no meaning
		for i := range c.Values {
			c.Values[i].Base, c.Values[i].HasBase = "", false
		}
	}
	r.apply(m, c)
}

// apply makes a change in both worlds.
func (r *modelRun) apply(m *modelSession, c sessionstore.Change) {
	now := r.now()
	crowded := r.model.crowded(m, c.Login, now)
	if crowded != nil {
		r.sweepAll(0) // whether the session's limits take effect before such a refusal is left open
	} else if c.Create == nil && m.why == "" {
		m.pass(now)
	}
	var want []error
	for _, err := range []error{crowded, m.refuses(c)} {
		if err != nil {
			want = append(want, err)
		}
	}
	res, err := r.env.any().Apply(r.env.Context(), c)
	if (err != nil) != (len(want) > 0) || err != nil && !isOneOf(err, want...) {
		r.Fatalf("Apply(%s) = %v, the model says %v", describe(c), err, want)
	}
	if err != nil {
		return
	}
	var victims []*modelSession
	if c.Login != nil && c.Login.Limit.Policy != sessionstore.DenyNew {
		victims = r.model.victims(m, c.Login, now)
	}
	if got, want := sorted(res.Evicted), sorted(modelIDs(victims)); !slices.Equal(got, want) {
		r.Fatalf("Apply(%s) evicted %v, the model says %v", describe(c), got, want)
	}
	count := m.values["count"]
	conflicts := m.apply(c, res.At)
	if c.Create != nil {
		m.seen = res.At
		r.model.sessions = append(r.model.sessions, m)
	}
	for _, v := range victims {
		v.pass(now)
		v.endLogin(analytics.ReasonEvicted)
		v.epoch++
	}
	slices.Sort(conflicts)
	slices.Sort(res.Conflicts)
	if !slices.Equal(conflicts, res.Conflicts) {
		r.Fatalf("I2: Apply(%s) reports the conflicts %q, the model says %q", describe(c), res.Conflicts, conflicts)
	}
	if n, ok := res.Added["count"]; ok && fmt.Sprint(n) != m.values["count"] {
		r.Fatalf("I2: Apply(%s) made %q to %d, the model says %s", describe(c), count, n, m.values["count"])
	}
}

func modelIDs(sessions []*modelSession) []sessionstore.ID {
	var list []sessionstore.ID
	for _, m := range sessions {
		list = append(list, m.id)
	}
	return list
}

func (r *modelRun) endUser(*rapid.T) {
	user := r.user()
	how := sessionstore.EndUser{Reason: analytics.ReasonRevoked}
	if len(r.model.sessions) > 0 && rapid.Bool().Draw(r.T, "except") {
		how.Except = r.session().id
	}
	now := r.now()
	var want []sessionstore.ID
	for _, m := range r.model.sessions {
		if m.login != nil && m.login.user == user && m.id != how.Except {
			m.pass(now)
		}
	}
	for _, m := range r.model.user(user, now) {
		if m.id != how.Except {
			m.end(how.Reason)
			want = append(want, m.id)
		}
	}
	got, err := r.env.any().EndUser(r.env.Context(), user, how)
	if err != nil || !slices.Equal(sorted(got), sorted(want)) {
		r.Fatalf("EndUser(%q, %+v) = %v, %v, the model says %v", user, how, got, err, want)
	}
	r.model.ended[user] = now
	r.env.Advance(2 * time.Minute)
}

// touch touches at some moment up to now, as requests do whose touches come
// late or twice.
func (r *modelRun) touch(*rapid.T) {
	m := r.session()
	at := r.now().Add(-2 * time.Minute * time.Duration(rapid.IntRange(0, 4).Draw(r.T, "ago")))
	if m.why == "" {
		m.pass(at)
	}
	if m.why == "" && at.After(m.seen) {
		m.seen = at
	}
	if err := r.env.any().Touch(r.env.Context(), []sessionstore.Touch{{Session: m.id, At: at}}); err != nil {
		r.Fatalf("Touch = %v, want success", err)
	}
}

func (r *modelRun) sweep(*rapid.T) {
	slack := 2 * time.Minute * time.Duration(rapid.IntRange(0, 5).Draw(r.T, "slack"))
	r.sweepAll(slack)
}

func (r *modelRun) sweepAll(slack time.Duration) {
	by := r.now().Add(-slack)
	r.env.sweep(slack)
	for _, m := range r.model.sessions {
		if m.why == "" {
			m.pass(by)
		}
	}
}

// check compares all that can be seen.
func (r *modelRun) check(*rapid.T) {
	now := r.now()
	for _, m := range r.model.sessions {
		rec, err := r.env.any().Load(r.env.Context(), m.id)
		if errors.Is(err, sessionstore.ErrEnded) {
			if m.live(now).why == "" {
				r.Fatalf("Load(%v) = %v, the model has %+v", m.id, err, *m)
			}
			continue
		}
		switch {
		case err != nil:
			r.Fatalf("Load(%v) = %v, want success", m.id, err)
		case m.why != "":
			r.Fatalf("I1: Load(%v) = %+v, want ErrEnded: the session ended (%s)", m.id, rec, m.why)
		case rec.Alive(now) != (m.live(now).why == ""):
			r.Fatalf("I7: Alive(%v) = %v of %+v, the model has %+v", now, rec.Alive(now), rec, *m)
		case rec.Alive(now) && !m.agrees(rec, now):
			r.Fatalf("the record is %+v, the model has %+v", lookAt(rec), *m)
		}
	}
	for _, user := range []string{r.prefix + "ann", r.prefix + "bob"} {
		recs, err := r.env.any().UserSessions(r.env.Context(), user)
		if got, want := sorted(ids(recs)), sorted(modelIDs(r.model.user(user, now))); err != nil || !slices.Equal(got, want) {
			r.Fatalf("UserSessions(%q) = %v, %v, the model says %v", user, got, err, want)
		}
	}
}

// finish lets all limits pass and compares the events, as a recorder gets them,
// with the transitions of the model.
func (r *modelRun) finish() {
	r.env.Advance(1000 * time.Minute)
	r.sweepAll(0)
	r.feed.read(r.T)
	for _, m := range r.model.sessions {
		var got []string
		var last time.Time
		for _, ev := range r.feed.of[m.id.String()] {
			name, _, _ := strings.Cut(string(ev.Type), ".")
			if id := map[string]string{"session": ev.Session, "login": ev.Login, "visit": ev.Visit}[name]; id != "" {
				got = append(got, string(ev.Type)+" "+id+" "+string(ev.Reason))
			}
			if ev.Time.Before(last) {
				r.Errorf("I3: %s %s at %v is delivered after an event at %v of the same session", ev.Type, ev.Reason, ev.Time, last)
			}
			last = ev.Time
		}
		if !slices.Equal(got, m.history) {
			r.Fatalf("I3: the feed says\n  %s\nthe model\n  %s", strings.Join(got, "\n  "), strings.Join(m.history, "\n  "))
		}
		for _, fault := range auditEvents(r.feed.of[m.id.String()]) {
			r.Error(fault)
		}
		delete(r.feed.of, m.id.String())
	}
}

// feedReader reads the feed in one group throughout.
type feedReader struct {
	e   *env
	of  map[string][]analytics.Event // by session
	ids map[string]bool
}

func (f *feedReader) read(t *rapid.T) {
	entries := f.e.drain("model", "consumer")
	f.e.ack("model", entries)
	for _, en := range entries {
		if f.ids[en.Event.ID] {
			t.Errorf("I3: event %s is delivered twice to a consumer that acknowledges", en.Event.ID)
		}
		f.ids[en.Event.ID] = true
		f.of[en.Event.Session] = append(f.of[en.Event.Session], en.Event)
	}
}
