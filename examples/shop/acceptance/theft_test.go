package acceptance

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// I5: what is not the current secret, nor the one before it.

// theft presents a spent secret until it is taken for theft, and checks what
// comes of it. It returns when that was.
func theft(t *testing.T, s *shop, owner, thief *client, user string) time.Time {
	t.Helper()
	session := owner.jar.get()
	ownerID, _, _, err := parts(session)
	if err != nil {
		t.Fatal(err)
	}
	var dead answer
	eventually(t, "I5: a spent secret is theft", func() error {
		m, a, err := thief.tryMe()
		if err != nil {
			return err
		}
		if m.User != "" {
			return fmt.Errorf("it still authenticates: %v", a)
		}
		dead = a
		return a.noCookie("I5: a thief is told nothing")
	})
	owner.mustBe(t, "", "I5: after theft the session ends")
	for range 3 {
		thief.mustBe(t, "", "I5: after theft the session ends")
	}
	reused := s.waitFor(t, "I5: theft is reported once", "user", user, "type", string(analytics.CredentialReused))
	trail := s.events(t, "session", reused.Session)
	for _, typ := range []analytics.Type{analytics.SessionEnded, analytics.LoginEnded, analytics.VisitEnded} {
		ends := slices.DeleteFunc(ofType(trail, typ), func(e analytics.Event) bool {
			return typ == analytics.VisitEnded && e.Reason == analytics.ReasonIdle // an earlier visit
		})
		if len(ends) != 1 || ends[0].Reason != analytics.ReasonReused {
			t.Errorf("I3: after theft, %s of session %x: %s", typ, ownerID, show(ends))
		}
	}
	return dead.received
}

func TestI5_SpentSecretEndsTheSession(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, rotating...)
		owner := s.client()
		owner.login(t, "ada")
		bystander := s.client()
		bystander.login(t, "ada")
		thief, next := successor(t, owner, "ada")
		owner.jar = &jar{token: next, frozen: true}
		used := time.Now()
		owner.mustBe(t, "ada", "I5: the successor is good")
		if m, a, err := thief.tryMe(); err != nil || m.User != "ada" && a.received.Sub(used) < grace {
			t.Fatalf("I5: there is a grace after the successor was used, but: %v %v", a, err)
		}
		if noticed := theft(t, s, owner, thief, "ada").Sub(used); noticed < grace {
			t.Errorf("I5: the grace after the successor was used is %v, but the previous secret was theft after %v", grace, noticed)
		}
		bystander.mustBe(t, "ada", "I5: another device is not concerned")
	})
}

func TestI5_OlderSecretsEndTheSession(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, append([]string{"-rotate", "100ms", "-grace", "100ms"}, promptly...)...)
		for _, older := range []int{2, 5, 8} {
			name := fmt.Sprintf("user-older-%d", older)
			owner := s.client()
			owner.login(t, name)
			var held []string
			for range older {
				held = append(held, owner.jar.get())
				_, next := successor(t, owner, name)
				owner.jar = &jar{token: next}
				owner.mustBe(t, name, "I5: the successor is good")
			}
			owner.jar.frozen = true
			theft(t, s, owner, s.holding(held[0]), name)
		}
	})
}

func TestI5_UnknownSecretEndsNothing(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		c := s.client()
		c.login(t, "ada")
		session := c.me(t).Session
		for place, in := range s.places() {
			for _, flip := range []int{0, 31} {
				stranger := s.holding(forge(t, c.jar.get(), func(_, secret []byte) { secret[flip] ^= 0x40 })).at(in)
				noOnesCookie(t, stranger, "I5: an unknown secret under a known ID, "+place, nil)
			}
			stranger := s.holding(forge(t, c.jar.get(), func(id, _ []byte) { id[3] ^= 0x40 })).at(in)
			stranger.mustBe(t, "", "an unknown ID is nobody's")
		}
		c.mustBe(t, "ada", "I5: knowing an ID must not let a stranger end a session")
		eventually(t, "I5: an unknown secret is reported", func() error {
			events, _, err := s.tryEvents("session", session, "type", string(analytics.CredentialUnknown))
			if err == nil && len(events) == 0 {
				err = fmt.Errorf("no credential.unknown")
			}
			return err
		})
		if bad := ofType(s.events(t, "session", session), analytics.CredentialReused, analytics.SessionEnded, analytics.LoginEnded); len(bad) > 0 {
			t.Errorf("I5: an unknown secret is only reported, but:\n%s", show(bad))
		}
	})
}

func TestI5_TokensOfNoKindAreJunk(t *testing.T) {
	s := memory.open(t)
	c := s.client()
	c.login(t, "ada")
	good := c.jar.get()
	for _, token := range []string{
		"sjr_" + good[4:], good[4:], "SJC_" + good[4:], good + "=", good + "A", good[:len(good)-1], " " + good[4:], `"` + good[:10],
		good[:20] + "." + good[21:],
	} {
		s.holding(token).mustBe(t, "", "a token of another kind or form is refused")
	}
	a, err := s.holding("").try("GET", "/api/me?session="+good, "", http.StatusOK)
	if err != nil || a.body == c.do(t, "GET", "/api/me", "").body {
		t.Errorf("a token in the address is no credential: %v %v", a, err)
	}
}
