package sessionstore_test

import (
	"fmt"
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
			"once":    func(rt *rapid.T) { w.rt = rt; w.remember() },
			"append":  func(rt *rapid.T) { w.rt = rt; w.append() },
			"":        func(rt *rapid.T) { w.rt = rt; w.compare() },
		})
	})
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
	c.Create.Client = sessionstore.Client{
		ID:  pick(w, "client", "", "app", "-", "https://app.example/a?b={c}", strings.Repeat("x", 128)),
		Key: pick(w, "client's key", "", w.hashes[0].String(), w.hashes[1].String()),
	}
	if w.flip("bad client", 15) {
		c.Create.Client = pick(w, "client", sessionstore.Client{ID: "my app"}, sessionstore.Client{ID: "app", Key: "key"})
	}
	w.run(c)
}

func (w *twins) apply() { w.run(w.change()) }

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

// append appends events of before, such as a collector has gathered.
func (w *twins) append() {
	var events []analytics.Event
	for range rapid.IntRange(1, 3).Draw(w.rt, "events") {
		e := analytics.Event{
			Type: analytics.PageViewed, Session: pick(w, "session", w.ids...).String(), Visit: w.oldSpan("visit"), User: pick(w, "user", "", "ann"),
			Attributes: pick(w, "attributes", nil, map[string]string{"path": "/é", "at": "1"}),
		}
		if w.flip("timed", 2) {
			e.Time = w.now.Add(-pick(w, "age", 0, time.Millisecond, time.Minute))
		}
		if w.flip("detected", 5) {
			e.Detected = w.now
		}
		events = append(events, e)
	}
	for _, s := range []sessionstore.Store{w.memory, w.redis} {
		if err := s.Append(w.tb.Context(), events...); err != nil {
			w.rt.Fatal(err)
		}
	}
}

// remember notes words for so long that Redis, whose clock it does not stop,
// forgets none before the test is over.
func (w *twins) remember() {
	word, ttl := pick(w, "word", "", "a", "b\x00 é", "c:{d} *", strings.Repeat("x", 257)), pick(w, "ttl", 0, 24*time.Hour, 25*time.Hour)
	a, errA := w.memory.Remember(w.tb.Context(), word, ttl)
	b, errB := w.redis.Remember(w.tb.Context(), word, ttl)
	same(w, "Remember's error", shownError(errA), shownError(errB))
	same(w, "word is new", a, b)
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
