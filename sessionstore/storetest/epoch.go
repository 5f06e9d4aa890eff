package storetest

import (
	"fmt"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func epochs() []scenario {
	steps := []struct {
		name string
		by   int64
		make func(e *env, rec *sessionstore.Record) part
	}{
		{"renewal", 1, func(*env, *sessionstore.Record) part { return renewing(newHash()) }},
		{"login", 1, func(e *env, _ *sessionstore.Record) part { return e.login("ann") }},
		{"logout", 1, func(*env, *sessionstore.Record) part { return leaving(analytics.ReasonLogout) }},
		{"logout_with_renewal", 1, func(*env, *sessionstore.Record) part {
			return func(c *sessionstore.Change) {
				leaving(analytics.ReasonLogout)(c)
				renewing(newHash())(c)
			}
		}},
		{"rotation", 0, func(_ *env, rec *sessionstore.Record) part {
			return rotating(rec.Credential.Current, newHash(), "sealed")
		}},
		{"save", 0, func(*env, *sessionstore.Record) part { return setting("key", "value") }},
	}
	all := make([]scenario, 0, len(steps)+1)
	for _, s := range steps {
		all = append(all, scenario{name: s.name, run: func(e *env) {
			rec := e.create(e.login("ann"))
			e.apply(on(rec, s.make(e, rec)))
			now := e.load(rec.ID)
			if got := now.Credential.Epoch - rec.Credential.Epoch; got != s.by {
				e.Fatalf("I5: a %s moved the epoch by %d, want %d", s.name, got, s.by)
			}
			if s.by > 0 {
				e.refused(sessionstore.ErrSuperseded, on(rec, setting("stale", "1")))
				e.refused(sessionstore.ErrSuperseded, on(rec, ending(analytics.ReasonLogout)))
				e.refused(sessionstore.ErrSuperseded, on(rec, e.login("mallory")))
				e.refused(sessionstore.ErrSuperseded, on(rec, rotating(rec.Credential.Current, newHash(), "sealed")))
			}
			e.apply(over(rec.ID, setting("any", "1")))
			e.apply(on(now, setting("fresh", "1")))
		}})
	}
	return append(all, scenario{name: "one_of_many_logins_at_once", run: loginsOfOneSession})
}

// loginsOfOneSession logs one session in from many requests that all loaded the
// same record: one may win, the others hold a credential that it replaced.
func loginsOfOneSession(e *env) {
	for range scale(10, 3) {
		rec := e.create()
		var won counter
		e.together(8, func(i int, s sessionstore.Store) {
			if _, err := s.Apply(e.Context(), on(rec, e.login(fmt.Sprint("user ", i%2)))); err == nil {
				won.add(1)
			} else if !isOneOf(err, sessionstore.ErrSuperseded) {
				e.Errorf("I5: a login among many = %v, want success or ErrSuperseded", err)
			}
		})
		if won.get() != 1 {
			e.Fatalf("I5: %d logins of one session succeeded under one epoch, want 1", won.get())
		}
		now := e.load(rec.ID)
		if now.Login == nil || now.Credential.Epoch != 1 {
			e.Fatalf("the session after a login among many is %+v", now)
		}
		e.wantUser(now.Login.User, rec.ID)
		e.wantUser(map[string]string{"user 0": "user 1", "user 1": "user 0"}[now.Login.User])
		e.apply(on(now, ending(analytics.ReasonLogout)))
	}
	e.auditAllEnded()
}
