package sessionstore_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// twins are two stores, one that runs step.go and one that runs apply.lua, on
// one clock that moves only when the test says so.
type twins struct {
	rt     *rapid.T
	tb     testing.TB
	memory *sessionstore.Memory
	redis  *sessionstore.Redis
	now    time.Time

	ids    []sessionstore.ID
	users  []string
	hashes []sessionstore.Hash
	spans  int // login and visit IDs handed out
}

// TestI3_RedisSaysWhatGoSays applies random changes to both stores, and wants
// the same results, errors, records and events of them.
func TestI3_RedisSaysWhatGoSays(t *testing.T) {
	t.Parallel()
	server := redistest.Shared(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		w := &twins{rt: rt, tb: t, now: time.UnixMilli(1_800_000_000_000).UTC()}
		limits := sessionstore.Limits{ValueBytes: 64, TotalBytes: 128, CartLines: 3, Quantity: 50}
		w.memory = sessionstore.NewMemory(sessionstore.MemoryOptions{Limits: limits, Now: func() time.Time { return w.now }})
		var err error
		w.redis, err = sessionstore.NewRedis(server.Client(), sessionstore.RedisOptions{Prefix: fmt.Sprintf("t%d", n), Partitions: 4, Limits: limits})
		if err != nil {
			rt.Fatal(err)
		}
		w.redis.StopClock(w.now)
		for i := range 3 {
			w.ids = append(w.ids, sessionstore.ID{byte(n), byte(i), 3: byte(n >> 8)})
			w.users = append(w.users, []string{"ann", "bob é", "c:{d} *"}[i])
		}
		for i := range 6 {
			w.hashes = append(w.hashes, sessionstore.HashSecret([]byte{byte(i)}))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"apply":   func(rt *rapid.T) { w.rt = rt; w.apply() },
			"apply2":  func(rt *rapid.T) { w.rt = rt; w.apply() },
			"apply3":  func(rt *rapid.T) { w.rt = rt; w.apply() },
			"quick":   func(rt *rapid.T) { w.rt = rt; w.run(w.quick()) },
			"quick2":  func(rt *rapid.T) { w.rt = rt; w.run(w.quick()) },
			"create":  func(rt *rapid.T) { w.rt = rt; w.create() },
			"advance": func(rt *rapid.T) { w.rt = rt; w.advance() },
			"touch":   func(rt *rapid.T) { w.rt = rt; w.touch() },
			"sweep":   func(rt *rapid.T) { w.rt = rt; w.sweep() },
			"endUser": func(rt *rapid.T) { w.rt = rt; w.endUser() },
			"":        func(rt *rapid.T) { w.rt = rt; w.compare() },
		})
	})
}

func pick[T any](w *twins, name string, from ...T) T { return rapid.SampledFrom(from).Draw(w.rt, name) }

func (w *twins) flip(name string, oneIn int) bool {
	return rapid.IntRange(1, oneIn).Draw(w.rt, name) == oneIn
}

func (w *twins) duration(name string) time.Duration {
	return pick(w, name, 0, time.Millisecond, time.Second, 1500*time.Millisecond, 5*time.Second, 20*time.Second, time.Hour)
}

func (w *twins) hash(name string) sessionstore.Hash { return pick(w, name, w.hashes...) }

func (w *twins) span() string {
	w.spans++
	return fmt.Sprintf("span%d", w.spans)
}

func (w *twins) oldSpan(name string) string {
	return fmt.Sprintf("span%d", rapid.IntRange(1, w.spans+1).Draw(w.rt, name))
}

// current returns what is known of a session's login and epoch, mostly right.
func (w *twins) current(id sessionstore.ID) (login string, epoch int64) {
	rec, err := w.memory.Load(w.tb.Context(), id)
	if err != nil {
		return w.oldSpan("no login"), 0
	}
	epoch = rec.Credential.Epoch
	if rec.Login != nil && !w.flip("other login", 4) {
		login = rec.Login.ID
	} else {
		login = w.oldSpan("login")
	}
	if w.flip("other epoch", 8) {
		epoch++
	}
	return login, epoch
}

func (w *twins) create() {
	c := w.change()
	c.Create = &sessionstore.Creation{Credential: w.hash("first"), Idle: w.duration("idle") + time.Second, Max: w.duration("max")}
	w.run(c)
}

func (w *twins) apply() { w.run(w.change()) }

// quick returns a change as most are: values put by whoever saw the old ones,
// and lines added. a script for it makes it where nothing else is to be done.
func (w *twins) quick() sessionstore.Change {
	c := sessionstore.Change{Session: pick(w, "session", w.ids...)}
	_, c.Epoch = w.current(c.Session)
	rec, err := w.memory.Load(w.tb.Context(), c.Session)
	if err != nil {
		rec = &sessionstore.Record{}
	}
	for _, key := range []string{"a", "b\x00 é", "session"} {
		if !w.flip("key", 2) {
			continue
		}
		v := sessionstore.ValueChange{Key: key, Value: pick(w, "value", "", "1", "dark", strings.Repeat("long ", 12), strings.Repeat("x", 64))}
		if v.Base, v.HasBase = rec.Values[key]; w.flip("unseen", 10) {
			v.Base += "?"
		}
		c.Values = append(c.Values, v)
	}
	if len(c.Values) > 0 && !w.flip("both", 4) {
		return c
	}
	for range rapid.IntRange(1, 2).Draw(w.rt, "lines") {
		c.Cart = append(c.Cart, sessionstore.CartChange{
			SKU: pick(w, "sku", "s1", "s2", "s 3", "s4"), Quantity: int64(rapid.IntRange(-5, 30).Draw(w.rt, "quantity")),
		})
	}
	return c
}

func (w *twins) change() sessionstore.Change {
	c := sessionstore.Change{Session: pick(w, "session", w.ids...)}
	login, epoch := w.current(c.Session)
	c.Epoch, c.AnyEpoch = epoch, w.flip("any epoch", 4)
	if w.flip("actor", 4) {
		c.Actor = "admin 1"
	}
	if w.flip("device", 4) {
		c.Device = &sessionstore.Device{Agent: pick(w, "agent", "", "Firefox 1"), Address: pick(w, "address", "", "::1")}
	}
	for range rapid.IntRange(0, 1).Draw(w.rt, "notes") {
		c.Events = append(c.Events, sessionstore.Note{Type: analytics.ActionTaken, Attributes: map[string]string{"action": "x", "t": "y"}})
	}
	reasons := []analytics.Reason{analytics.ReasonLogout, analytics.ReasonRevoked, analytics.ReasonErased}
	if w.flip("end", 15) {
		c.End = &sessionstore.End{Reason: pick(w, "reason", reasons...)}
		return c
	}
	if w.flip("logout", 5) {
		c.EndLogin = &sessionstore.End{Reason: pick(w, "reason", reasons...), Login: pick(w, "which", "", login, w.oldSpan("refused"))}
	}
	c.Clear = w.flip("clear", 10)
	if w.flip("renew", 5) {
		c.Renew = &sessionstore.Renewal{To: w.hash("renewed"), Grace: w.duration("grace")}
	}
	if w.flip("login", 3) {
		c.Login = w.login()
		if !w.flip("no renewal", 10) && c.Renew == nil {
			c.Renew = &sessionstore.Renewal{To: w.hash("login's"), Grace: w.duration("grace")}
		}
	}
	if w.flip("reauth", 6) {
		c.Reauth = &sessionstore.Reauth{Login: login, Idle: w.duration("idle"), Max: w.duration("max"), AMR: []string{"hwk"}, ACR: "aal3"}
	}
	if w.flip("rotate", 4) {
		c.Rotate = &sessionstore.Rotation{From: w.hash("from"), To: w.hash("to"), Sealed: pick(w, "sealed", nil, []byte("sealed\x00\r\n"))}
	}
	if w.flip("visit", 3) {
		c.Visit = &sessionstore.VisitStart{ID: w.span(), Idle: w.duration("idle"), Max: w.duration("max")}
	}
	if w.flip("values", 2) {
		c.Values = w.values()
	}
	if w.flip("cart", 2) {
		c.Cart = w.cart()
	}
	if w.flip("checkout", 10) {
		c.Checkout = &sessionstore.Checkout{Order: "o1"}
	}
	return c
}

func (w *twins) login() *sessionstore.LoginStart {
	l := &sessionstore.LoginStart{
		ID: w.span(), User: pick(w, "user", w.users...), Began: w.now.Add(-pick(w, "began", 0, time.Second, time.Minute)),
		Idle: w.duration("idle"), Max: w.duration("max"), ACR: pick(w, "acr", "", "aal1"),
		Limit: sessionstore.LoginLimit{
			Max:    rapid.IntRange(0, 2).Draw(w.rt, "logins"),
			Policy: pick(w, "policy", sessionstore.DenyNew, sessionstore.EvictOldest, sessionstore.EvictIdle),
		},
	}
	if w.flip("amr", 2) {
		l.AMR = []string{"pwd", "otp"}
	}
	if w.flip("old login", 6) {
		l.ID = w.oldSpan("login")
	}
	return l
}

func (w *twins) values() (changes []sessionstore.ValueChange) {
	for _, key := range []string{"a", "b\x00 é", "session", "c:x"} {
		if !w.flip("key", 2) {
			continue
		}
		v := sessionstore.ValueChange{
			Key:     key,
			Op:      pick(w, "op", sessionstore.SetValue, sessionstore.DeleteValue, sessionstore.AddValue, sessionstore.SwapValue),
			HasBase: w.flip("has base", 2),
			Delta: pick[int64](w, "delta", 0, 1, -1, 7, 9_999_999_999, -10_000_000_000, 10_000_000_001, math.MaxInt64, math.MinInt64,
				math.MaxInt64-1, math.MinInt64+1, 1<<53+1),
		}
		number := func(name string) string {
			return pick(w, name, "", "0", "x", "-0", "+7", "007", "-5", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
				"10000000000", "-9999999999", "1e3", " 1", strings.Repeat("long ", 12))
		}
		if v.Value = number("value"); v.HasBase || w.flip("stray base", 5) {
			v.Base = number("base")
			rec, err := w.memory.Load(w.tb.Context(), w.ids[0])
			if err == nil && w.flip("right base", 2) {
				v.Base = rec.Values[key]
			}
		}
		changes = append(changes, v)
	}
	return changes
}

func (w *twins) cart() (changes []sessionstore.CartChange) {
	for range rapid.IntRange(0, 5).Draw(w.rt, "lines") {
		changes = append(changes, sessionstore.CartChange{
			Op:       pick(w, "op", sessionstore.AddLine, sessionstore.AddLine, sessionstore.SetLine, sessionstore.ClearCart),
			SKU:      pick(w, "sku", "s1", "s2", "s 3", "s4", "s5"),
			Quantity: int64(rapid.IntRange(-20, 50).Draw(w.rt, "quantity")),
		})
	}
	return changes
}

func (w *twins) advance() {
	w.now = w.now.Add(pick(w, "by", time.Millisecond, 700*time.Millisecond, 5*time.Second, 16*time.Second, time.Minute))
	w.redis.StopClock(w.now)
}

func (w *twins) touch() {
	t := sessionstore.Touch{Session: pick(w, "session", w.ids...), At: w.now.Add(-pick(w, "age", 0, time.Second))}
	if w.flip("used", 2) {
		t.Used = w.hash("used")
	}
	for _, s := range []sessionstore.Store{w.memory, w.redis} {
		if err := s.Touch(w.tb.Context(), []sessionstore.Touch{t}); err != nil {
			w.rt.Fatal(err)
		}
	}
}

func (w *twins) sweep() { w.sweepBoth(pick(w, "slack", 0, time.Second)) }

func (w *twins) sweepBoth(slack time.Duration) {
	w.rt.Logf("at %d: sweep %v", w.now.UnixMilli(), slack)
	for _, s := range []sessionstore.Store{w.memory, w.redis} {
		for more := true; more; {
			var err error
			if more, err = s.Sweep(w.tb.Context(), slack); err != nil {
				w.rt.Fatal(err)
			}
		}
	}
}

func (w *twins) endUser() {
	// Redis looks at every login of the user, and so makes ends by limit that
	// Memory leaves to the sweeper.
	w.sweepBoth(0)
	user := pick(w, "user", w.users...)
	e := sessionstore.EndUser{Reason: analytics.ReasonRevoked, Actor: "admin 2"}
	if w.flip("except", 2) {
		e.Except = pick(w, "spared", w.ids...)
	}
	a, errA := w.memory.EndUser(w.tb.Context(), user, e)
	b, errB := w.redis.EndUser(w.tb.Context(), user, e)
	same(w, "EndUser's error", errA, errB)
	same(w, "sessions ended", sorted(a), sorted(b))
}

func (w *twins) run(c sessionstore.Change) {
	w.rt.Logf("at %d: %s", w.now.UnixMilli(), shownChange(c))
	// Logins of the same moment give way in no particular order.
	if c.Login != nil {
		w.now = w.now.Add(time.Millisecond)
		w.redis.StopClock(w.now)
	}
	a, errA := w.memory.Apply(w.tb.Context(), c)
	b, errB := w.redis.Apply(w.tb.Context(), c)
	if d := diff(shownError(errA), shownError(errB)); d != "" {
		w.rt.Fatalf("error of %s: %s", shownChange(c), d)
	}
	if d := diff(shownResult(a), shownResult(b)); d != "" {
		w.rt.Fatalf("result of %s: %s", shownChange(c), d)
	}
	w.compare()
}

func (w *twins) compare() {
	for _, id := range w.ids {
		a, errA := w.memory.Load(w.tb.Context(), id)
		b, errB := w.redis.Load(w.tb.Context(), id)
		same(w, "error of Load", shownError(errA), shownError(errB))
		same(w, "record", shownRecord(a), shownRecord(b))
		q := analytics.Query{Session: id.String()}
		eventsA, _ := w.memory.Events(w.tb.Context(), q)
		eventsB, err := w.redis.Events(w.tb.Context(), q)
		if err != nil {
			w.rt.Fatal(err)
		}
		same(w, "events", shownEvents(eventsA), shownEvents(eventsB))
	}
	for _, user := range w.users {
		a, _ := w.memory.UserSessions(w.tb.Context(), user)
		b, err := w.redis.UserSessions(w.tb.Context(), user)
		if err != nil {
			w.rt.Fatal(err)
		}
		same(w, "sessions of "+user, shownIDs(a), shownIDs(b))
	}
	a, _ := w.memory.Sessions(w.tb.Context(), 100)
	b, err := w.redis.Sessions(w.tb.Context(), 100)
	if err != nil {
		w.rt.Fatal(err)
	}
	same(w, "sessions", sorted(ids(a)), sorted(ids(b)))
}

func same(w *twins, what string, memory, redis any) {
	if d := diff(memory, redis); d != "" {
		w.rt.Fatalf("%s: %s", what, d)
	}
}

func diff(memory, redis any) string {
	a, b := fmt.Sprintf("%+v", memory), fmt.Sprintf("%+v", redis)
	if a == b {
		return ""
	}
	return fmt.Sprintf("the stores differ\nMemory %s\nRedis  %s", a, b)
}

func shownError(err error) string {
	var ended *sessionstore.EndedError
	var conflict *sessionstore.ConflictError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &ended):
		return fmt.Sprint(err, shownTime(ended.At))
	case errors.As(err, &conflict):
		return fmt.Sprintf("%v %+v", err, *conflict)
	}
	return err.Error()
}

func shownTime(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return ceil(t.Sub(time.UnixMilli(0)))
}

// ceil returns whole milliseconds, which is how Redis keeps them.
func ceil(d time.Duration) int64 {
	n := d.Milliseconds()
	if time.Duration(n)*time.Millisecond < d {
		n++
	}
	return n
}

func shownResult(r sessionstore.Result) string {
	s := fmt.Sprintf("at=%d rotated=%v sealed=%q added=%v conflicts=%v quantities=%v lines=%v evicted=%v", shownTime(r.At), r.Rotated, r.Sealed,
		r.Added, r.Conflicts, r.Quantities, r.Lines, sorted(r.Evicted))
	if v := r.Visit; v != nil {
		s += fmt.Sprintf(" visit=%s %d %d %d", v.ID, shownTime(v.Started), ceil(v.Idle), shownTime(v.Until))
	}
	return s
}

func shownRecord(r *sessionstore.Record) string {
	if r == nil {
		return ""
	}
	spent, size, refused := r.Internals()
	c := r.Credential
	s := fmt.Sprintf("%v created=%d seen=%d idle=%d until=%d\n epoch=%d key=%v since=%d prev=%v sealed=%q used=%d spent=%v\n owner=%q device=%+v size=%d refused=%v",
		r.ID, shownTime(r.Created), shownTime(r.Seen), ceil(r.Idle), shownTime(r.Until),
		c.Epoch, c.Current, shownTime(c.Since), c.Previous, c.Sealed, shownTime(c.Used), spent, r.Owner, r.Device, size, refused)
	for _, k := range slices.Sorted(maps.Keys(r.Values)) {
		s += fmt.Sprintf("\n %q=%q", k, r.Values[k])
	}
	for _, k := range slices.Sorted(maps.Keys(r.Cart)) {
		s += fmt.Sprintf("\n %q: %d", k, r.Cart[k])
	}
	if l := r.Login; l != nil {
		s += fmt.Sprintf("\n login=%s %s %d %d %d %d %v %s", l.ID, l.User, shownTime(l.Started), shownTime(l.Authenticated), ceil(l.Idle), shownTime(l.Until), l.AMR, l.ACR)
	}
	if v := r.Visit; v != nil {
		s += fmt.Sprintf("\n visit=%s %d %d %d", v.ID, shownTime(v.Started), ceil(v.Idle), shownTime(v.Until))
	}
	return s
}

func shownEvents(events []analytics.Event) string {
	var s strings.Builder
	for _, e := range events {
		fmt.Fprintf(&s, "\n%s %d det=%d v=%s l=%s u=%s r=%s a=%s %v", e.Type, shownTime(e.Time), shownTime(e.Detected), e.Visit, e.Login, e.User, e.Reason, e.Actor, e.Attributes)
	}
	return s.String()
}

func shownChange(c sessionstore.Change) string {
	s := fmt.Sprintf("%+v", c)
	for name, part := range map[string]any{
		"Create": c.Create, "End": c.End, "EndLogin": c.EndLogin, "Login": c.Login, "Reauth": c.Reauth, "Rotate": c.Rotate, "Renew": c.Renew, "Visit": c.Visit,
	} {
		s += fmt.Sprintf("\n  %s %+v", name, part)
	}
	return s
}

func ids(recs []*sessionstore.Record) (all []sessionstore.ID) {
	for _, r := range recs {
		all = append(all, r.ID)
	}
	return all
}

func shownIDs(recs []*sessionstore.Record) []sessionstore.ID { return ids(recs) }

func sorted(all []sessionstore.ID) []string {
	var s []string
	for _, id := range all {
		s = append(s, id.String())
	}
	slices.Sort(s)
	return s
}
