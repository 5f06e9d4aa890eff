package storetest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func stress() []scenario {
	const n = 200
	return []scenario{
		{name: "additions_to_one_cart", run: func(e *env) {
			rec := e.create()
			atOnce(e, n, func(int) sessionstore.Change { return on(rec, addingLine("apple", 1)) })
			if got := e.load(rec.ID).Cart["apple"]; got != n {
				e.Errorf("I2: the quantity is %d after %d concurrent additions of 1", got, n)
			}
			if got := len(only(e.history(rec.ID), analytics.CartChanged)); got != n {
				e.Errorf("I3: %d × cart.changed after %d changes", got, n)
			}
		}},
		{name: "writes_to_different_keys", run: func(e *env) {
			rec := e.create()
			atOnce(e, n, func(i int) sessionstore.Change { return on(rec, setting(strconv.Itoa(i), "value")) })
			if got := len(e.load(rec.ID).Values); got != n {
				e.Errorf("I2: %d keys after %d concurrent writes to different ones", got, n)
			}
			e.wantHistory(rec.ID, "session.started")
		}},
		{name: "additions_to_one_counter", run: func(e *env) {
			rec := e.create()
			atOnce(e, n, func(int) sessionstore.Change { return on(rec, adding("n", 1)) })
			e.wantValues(rec.ID, map[string]string{"n": strconv.Itoa(n)})
		}},
		{name: "writes_to_one_key", run: func(e *env) {
			rec := e.create()
			var conflicts counter
			e.together(8, func(i int, s sessionstore.Store) {
				for j := range n / 8 {
					res, err := s.Apply(e.Context(), on(rec, setting("k", fmt.Sprint(i, j))))
					if err != nil {
						e.Errorf("I2: a save among many = %v, want success", err)
					}
					conflicts.add(int64(len(res.Conflicts)))
				}
			})
			// All but the first overwrite a value that their author had not seen.
			if got, told := conflicts.get(), len(only(e.history(rec.ID), analytics.StateConflicted)); got != n-1 || told != n-1 {
				e.Errorf("I2: %d conflicts counted and %d reported, want %d", got, told, n-1)
			}
		}},
	}
}

// atOnce makes n changes, 25 at a time.
func atOnce(e *env, n int, change func(i int) sessionstore.Change) {
	const workers = 25
	e.together(workers, func(w int, s sessionstore.Store) {
		for i := w; i < n; i += workers {
			if _, err := s.Apply(e.Context(), change(i)); err != nil {
				e.Errorf("I2: a change among many = %v, want success", err)
			}
		}
	})
}

// races ends sessions while everything else is done to them.
func races() []scenario {
	race := func(name string, end func(e *env, s sessionstore.Store, rec *sessionstore.Record) error) scenario {
		return scenario{name: name, run: func(e *env) { raceWithEnd(e, end) }}
	}
	apply := func(e *env, s sessionstore.Store, c sessionstore.Change) error {
		_, err := s.Apply(e.Context(), c)
		return err
	}
	return []scenario{
		race("end", func(e *env, s sessionstore.Store, rec *sessionstore.Record) error {
			return apply(e, s, over(rec.ID, ending(analytics.ReasonLogout)))
		}),
		race("two_ends", func(e *env, s sessionstore.Store, rec *sessionstore.Record) error {
			errs := make(chan error, 2)
			for _, why := range []analytics.Reason{analytics.ReasonLogout, analytics.ReasonRevoked} {
				go func() { errs <- apply(e, s, over(rec.ID, ending(why))) }()
			}
			first, second := <-errs, <-errs
			if (first == nil) == (second == nil) {
				e.Errorf("I1: two ends at once = %v and %v, want one to be the end and the other ErrEnded", first, second)
			}
			return nil
		}),
		race("EndUser", func(e *env, s sessionstore.Store, rec *sessionstore.Record) error {
			_, err := s.EndUser(e.Context(), rec.Login.User, sessionstore.EndUser{Reason: analytics.ReasonRevoked})
			return err
		}),
	}
}

func raceWithEnd(e *env, end func(*env, sessionstore.Store, *sessionstore.Record) error) {
	for round := range scale(25, 6) {
		user := fmt.Sprint("ann ", round)
		rec := e.create(e.login(user), visiting(), adding("n", 0), addingLine("apple", 1))
		again := e.login(user)
		e.Advance(time.Second) // that login began before whatever ends all of the user's
		kinds := everyChange(e, rec)
		delete(kinds, "end")
		delete(kinds, "login")
		var work []func(s sessionstore.Store) error
		for _, p := range kinds {
			work = append(work, func(s sessionstore.Store) error {
				_, err := s.Apply(e.Context(), over(rec.ID, p))
				return err
			})
		}
		work = append(work,
			func(s sessionstore.Store) error { return end(e, s, rec) },
			func(s sessionstore.Store) error {
				return s.Touch(e.Context(), []sessionstore.Touch{{Session: rec.ID, At: s.Now(), Used: rec.Credential.Current}})
			},
			func(s sessionstore.Store) error {
				_, err := s.Sweep(e.Context(), time.Minute)
				return err
			},
			func(s sessionstore.Store) error {
				_, err := s.Apply(e.Context(), over(rec.ID, again))
				return err
			},
		)
		e.together(len(work), func(i int, s sessionstore.Store) {
			err := work[i](s)
			if err != nil && !isOneOf(err, sessionstore.ErrEnded, sessionstore.ErrSuperseded, sessionstore.ErrLoginRefused, sessionstore.ErrConflict, sessionstore.ErrEmptyCart) {
				e.Errorf("I1: a change that races with the end = %v, want success or a refusal", err)
			}
		})
		// EndUser may have met the session while it was logged out.
		if _, err := e.any().Load(e.Context(), rec.ID); err == nil {
			e.wantUser(user)
			e.apply(over(rec.ID, ending(analytics.ReasonLogout)))
		}
		e.wantEnded(rec.ID)
		e.wantUser(user)
		e.apply(creationOf(newHash())) // the rest of the store is well
	}
	for _, s := range []sessionstore.Store{e.Store, e.Peer} {
		recs, err := s.Sessions(e.Context(), 1000)
		if err != nil {
			e.Errorf("Sessions = %v, want success", err)
		}
		for _, rec := range recs {
			if rec.Login != nil {
				e.Errorf("I1: %v is logged in after its end", rec.ID)
			}
			_, _ = e.any().Apply(e.Context(), over(rec.ID, ending(analytics.ReasonLogout))) // the first handle may have ended it
		}
	}
	e.auditAllEnded()
}
