package acceptance

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// streamsEnd is run on every backend, the cluster included.
func streamsEnd(t *testing.T, s *shop) {
	t.Helper()
	type scene struct {
		what                     string
		end                      func()
		first, second, bystander *stream
	}
	var scenes []scene
	for place, in := range s.places() {
		for _, how := range ends {
			name := fmt.Sprintf("user-stream-%d", len(scenes))
			user, other := s.client(), s.client()
			user.login(t, name)
			other.login(t, name)
			scenes = append(scenes, scene{
				"a stream is closed after " + how.name + " " + place,
				func() { how.end(t, user.at(in), other.at(in)) },
				user.at(s.here()).stream(t), user.at(s.here()).stream(t), other.at(s.here()).stream(t),
			})
		}
	}
	for _, sc := range scenes {
		sc.first.tick(t)
		sc.second.tick(t)
		sc.end()
		for _, ended := range []*stream{sc.first, sc.second} {
			if err := ended.closed(sc.what); err != nil {
				t.Error(err)
			}
		}
	}
	for _, sc := range scenes {
		for range 2 { // what came before the end may wait to be read
			sc.bystander.tickAfter(t, time.Now())
		}
	}
}

func TestI1_StreamsEndWithTheSession(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) { streamsEnd(t, b.open(t)) })
}

func TestI1_StreamEndsWithAnEvictedLogin(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, "-max-logins", "1")
		for place, in := range s.places() {
			user := s.client()
			user.login(t, "ada")
			watching := user.at(s.here()).stream(t)
			watching.tick(t)
			s.client().at(in).login(t, "ada")
			if err := watching.closed("the login under which the stream began was evicted " + place); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestI1_StreamEndsWithAnIdleSession(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, "-session-idle", "2s", "-login-idle", "2s", "-visit-idle", "1s")
		user := s.client()
		user.login(t, "ada")
		watching := user.stream(t)
		watching.tick(t)
		if err := watching.closed("the session of the stream has ended for want of activity"); err != nil {
			t.Error(err)
		}
	})
}

func TestI5_StreamOutlivesRotation(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, "-rotate", "300ms", "-grace", "300ms")
		user := s.client()
		user.login(t, "ada")
		watching := user.stream(t)
		first := user.jar.get()
		throughout(t, "the user goes on", 3*time.Second, 100*time.Millisecond, func() error { return user.is("ada", "still") })
		if user.jar.get() == first {
			t.Error("no rotation")
		}
		watching.tickAfter(t, time.Now())
	})
}

// TestStreamEndsWithTheShop: an instance that is asked to end does not wait for
// streams to end by themselves.
func TestStreamEndsWithTheShop(t *testing.T) {
	s := memory.open(t)
	user := s.client()
	user.login(t, "ada")
	watching := user.stream(t)
	watching.tick(t)
	s.here().stop(t)
	if err := watching.closed("the shop has ended"); err != nil {
		t.Error(err)
	}
	if _, err := user.try("GET", "/api/me", "", http.StatusOK); err == nil {
		t.Error("the shop has ended, and answers")
	}
}
