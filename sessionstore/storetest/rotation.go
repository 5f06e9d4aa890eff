package storetest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func rotation() []scenario {
	return []scenario{
		{name: "takes_effect", run: rotates},
		{name: "losers_get_the_successor", run: rotationLoses},
		{name: "converges", run: rotationConverges},
		{name: "too_late_for_a_successor", run: rotationTooLate},
		{name: "grace", run: rotationGrace},
		{name: "chain_of_spent_secrets", run: rotationChain},
		{name: "chain_of_superseded_secrets", run: renewalChain},
		{name: "renewal_leaves_no_grace", run: renews},
		{name: "renewal_after_the_grace", run: renewsAfterGrace},
		{name: "stranger", run: strangers},
	}
}

func (e *env) wantVerdict(id sessionstore.ID, h sessionstore.Hash, want sessionstore.Verdict, which string) {
	e.Helper()
	rec := e.load(id)
	if got := rec.Credential.Check(h, e.Store.Now(), grace); got != want {
		e.Errorf("I5: Check of %s = %s, want %s", which, verdicts[got], verdicts[want])
	}
}

var verdicts = map[sessionstore.Verdict]string{
	sessionstore.Unknown: "Unknown", sessionstore.Current: "Current", sessionstore.Previous: "Previous",
	sessionstore.Superseded: "Superseded", sessionstore.Reused: "Reused",
}

func rotates(e *env) {
	first, second := newHash(), newHash()
	c := creationOf(first, e.login("ann"))
	e.apply(c)
	e.wantVerdict(c.Session, first, sessionstore.Current, "the first secret")
	e.Advance(time.Minute)
	sealed := "\x00\xff sealed \n"
	res := e.apply(on(e.load(c.Session), rotating(first, second, sealed)))
	if !res.Rotated {
		e.Errorf("I5: Rotated = false, want the rotation to take effect")
	}
	rec := e.load(c.Session)
	cred := rec.Credential
	if cred.Current != second || cred.Previous != first || string(cred.Sealed) != sealed || !cred.Since.Equal(res.At) || !cred.Used.IsZero() || cred.Epoch != 0 {
		e.Errorf("I5: the credential is %+v, want the second secret in force since %v, the first before it, the epoch unchanged", cred, res.At)
	}
	e.wantVerdict(c.Session, first, sessionstore.Previous, "the previous secret")
	e.wantVerdict(c.Session, second, sessionstore.Current, "the secret in force")
	e.wantUser("ann", c.Session)
	e.wantHistory(c.Session, "session.started", "login.started", "credential.rotated")
}

func rotationLoses(e *env) {
	first, second := newHash(), newHash()
	c := creationOf(first)
	e.apply(c)
	rec := e.load(c.Session)
	e.apply(on(rec, rotating(first, second, "sealed second")))
	res := e.apply(on(rec, rotating(first, newHash(), "sealed third"), setting("key", "value")))
	if res.Rotated || string(res.Sealed) != "sealed second" {
		e.Errorf("I5: Rotated = %v, Sealed = %q, want the successor that is in force, %q", res.Rotated, res.Sealed, "sealed second")
	}
	e.wantVerdict(c.Session, second, sessionstore.Current, "the secret in force")
	e.sameMap("Values (a rotation that lost does not hold up the change)", e.load(c.Session).Values, map[string]string{"key": "value"})
	e.wantHistory(c.Session, "session.started", "credential.rotated")
}

func rotationConverges(e *env) {
	secret := sessionstore.HashSecret
	c := creationOf(secret([]byte("0")))
	e.apply(c)
	for round := range scale(15, 4) {
		rec := e.load(c.Session)
		var mu sync.Mutex
		var received []string
		winners := 0
		e.together(12, func(i int, s sessionstore.Store) {
			to := fmt.Sprintf("%d/%d", round, i)
			res, err := s.Apply(e.Context(), on(rec, rotating(rec.Credential.Current, secret([]byte(to)), to)))
			if err != nil {
				e.Errorf("I5: a rotation among many = %v, want success", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if res.Rotated {
				winners++
				received = append(received, to)
			} else {
				received = append(received, string(res.Sealed))
			}
		})
		slices.Sort(received)
		if winners != 1 || len(slices.Compact(received)) != 1 {
			e.Fatalf("I5: %d rotations took effect, and the successors handed out are %q, want one", winners, slices.Compact(received))
		}
		e.wantVerdict(c.Session, secret([]byte(received[0])), sessionstore.Current, "the successor that all received")
	}
}

func rotationTooLate(e *env) {
	hashes := []sessionstore.Hash{newHash(), newHash(), newHash()}
	c := creationOf(hashes[0])
	e.apply(c)
	rec := e.load(c.Session)
	e.apply(on(rec, rotating(hashes[0], hashes[1], "1")))
	e.apply(on(rec, rotating(hashes[1], hashes[2], "2")))
	before := lookAt(e.load(c.Session))
	for _, from := range []sessionstore.Hash{hashes[0], newHash()} {
		if res := e.apply(over(c.Session, rotating(from, newHash(), "3"))); res.Rotated || len(res.Sealed) > 0 {
			e.Errorf("I5: Rotated = %v, Sealed = %q, want nothing: the secret is spent or unknown", res.Rotated, res.Sealed)
		}
	}
	e.same("the record after rotations that came too late", lookAt(e.load(c.Session)), before)
	e.wantHistory(c.Session, "session.started", "credential.rotated", "credential.rotated")
}

func rotationGrace(e *env) {
	first, second := newHash(), newHash()
	c := creationOf(first)
	e.apply(c)
	e.apply(on(e.load(c.Session), rotating(first, second, "sealed")))
	e.Advance(24 * time.Hour)
	e.wantVerdict(c.Session, first, sessionstore.Previous, "the previous secret, a day later, its successor not in use")
	e.touch(sessionstore.Touch{Session: c.Session, At: e.Store.Now(), Used: second})
	e.Advance(grace / 3)
	e.wantVerdict(c.Session, first, sessionstore.Previous, "the previous secret within the grace")
	if rec := e.load(c.Session); rec.Credential.RotationDue(e.Store.Now(), 0, grace) {
		e.Errorf("I5: RotationDue within the grace of the previous secret, want not before it is over")
	}
	e.Advance(grace)
	e.wantVerdict(c.Session, first, sessionstore.Reused, "the previous secret after the grace")
	if rec := e.load(c.Session); !rec.Credential.RotationDue(e.Store.Now(), time.Hour, grace) {
		e.Errorf("I5: RotationDue = false a day after the rotation, want true")
	}
}

func rotationChain(e *env) {
	const spent = 10 // of which one is the previous and eight are remembered at least
	chain := []sessionstore.Hash{newHash()}
	c := creationOf(chain[0])
	e.apply(c)
	for i := range spent {
		chain = append(chain, newHash())
		e.apply(on(e.load(c.Session), rotating(chain[i], chain[i+1], "sealed")))
		e.touch(sessionstore.Touch{Session: c.Session, At: e.Store.Now(), Used: chain[i+1]})
		e.Advance(time.Hour)
	}
	e.wantVerdict(c.Session, chain[spent], sessionstore.Current, "the secret in force")
	for i := 1; i <= 9; i++ {
		e.wantVerdict(c.Session, chain[spent-i], sessionstore.Reused, fmt.Sprintf("the secret spent %d rotations ago", i))
	}
}

func renewalChain(e *env) {
	chain := []sessionstore.Hash{newHash()}
	c := creationOf(chain[0])
	e.apply(c)
	for range 4 {
		chain = append(chain, newHash())
		e.apply(on(e.load(c.Session), renewing(chain[len(chain)-1])))
	}
	last := len(chain) - 1
	e.apply(on(e.load(c.Session), rotating(chain[last], newHash(), "sealed")))
	for i, h := range chain[:last] {
		e.wantVerdict(c.Session, h, sessionstore.Superseded, fmt.Sprintf("the secret that renewal %d replaced", i+1))
	}
	e.wantVerdict(c.Session, chain[last], sessionstore.Previous, "the secret that was rotated")
}

func renews(e *env) {
	hashes := []sessionstore.Hash{newHash(), newHash(), newHash(), newHash()}
	c := creationOf(hashes[0])
	e.apply(c)
	e.apply(on(e.load(c.Session), rotating(hashes[0], hashes[1], "1")))
	e.apply(on(e.load(c.Session), rotating(hashes[1], hashes[2], "2")))
	res := e.apply(on(e.load(c.Session), renewing(hashes[3])))
	cred := e.load(c.Session).Credential
	if cred.Current != hashes[3] || cred.Previous != (sessionstore.Hash{}) || len(cred.Sealed) > 0 || !cred.Since.Equal(res.At) || !cred.Used.IsZero() || cred.Epoch != 1 {
		e.Errorf("I5: the credential is %+v, want the new secret alone, in force since %v, epoch 1", cred, res.At)
	}
	e.wantVerdict(c.Session, hashes[3], sessionstore.Current, "the secret in force")
	e.wantVerdict(c.Session, hashes[2], sessionstore.Superseded, "the secret that the renewal replaced")
	e.wantVerdict(c.Session, hashes[1], sessionstore.Superseded, "the previous secret, which had its grace")
	e.wantVerdict(c.Session, hashes[0], sessionstore.Reused, "a secret that was spent before the renewal")
	if res := e.apply(over(c.Session, rotating(hashes[2], newHash(), "3"))); res.Rotated || len(res.Sealed) > 0 {
		e.Errorf("I5: Rotated = %v, Sealed = %q for a superseded secret, want nothing", res.Rotated, res.Sealed)
	}
	e.wantHistory(c.Session, "session.started", "credential.rotated", "credential.rotated", "credential.rotated")
}

func renewsAfterGrace(e *env) {
	first, second := newHash(), newHash()
	c := creationOf(first)
	e.apply(c)
	e.apply(on(e.load(c.Session), rotating(first, second, "sealed")))
	e.touch(sessionstore.Touch{Session: c.Session, At: e.Store.Now(), Used: second})
	e.Advance(2 * grace)
	e.apply(on(e.load(c.Session), e.login("ann")))
	e.wantVerdict(c.Session, second, sessionstore.Superseded, "the secret before the login")
	e.wantVerdict(c.Session, first, sessionstore.Reused, "a secret whose grace was over before the login")
}

func strangers(e *env) {
	rec := e.create(e.login("ann"))
	e.apply(on(rec, rotating(rec.Credential.Current, newHash(), "sealed")))
	e.wantVerdict(rec.ID, newHash(), sessionstore.Unknown, "a secret that was never issued")
	e.wantVerdict(rec.ID, sessionstore.Hash{}, sessionstore.Unknown, "no secret")
	if err := e.any().Append(e.Context(), analytics.Event{Type: analytics.CredentialUnknown, Session: rec.ID.String()}); err != nil {
		e.Errorf("Append = %v, want success", err)
	}
	e.wantUser("ann", rec.ID)
}
