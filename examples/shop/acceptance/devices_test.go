package acceptance

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// lists complains unless the user's devices are these sessions, and the client's
// own is the current one.
func lists(c *client, own string, sessions ...string) error {
	devices, a, err := decode[[]device](c.try("GET", "/api/sessions", "", http.StatusOK))
	if err != nil {
		return err
	}
	var got []string
	for _, d := range devices {
		got = append(got, d.ID)
		if d.Current != (d.ID == own) {
			return fmt.Errorf("current is %v for %s, asked by %s: %v", d.Current, d.ID, own, a)
		}
	}
	slices.Sort(got)
	sessions = slices.Sorted(slices.Values(sessions))
	if !slices.Equal(got, sessions) {
		return fmt.Errorf("devices are %v, want %v", got, sessions)
	}
	return nil
}

// devicesAreListed is run on every backend, the cluster included.
func devicesAreListed(t *testing.T, s *shop) {
	t.Helper()
	const n = 4
	var clients [n]*client
	var ids [n]string
	bob := s.client()
	bob.login(t, "user-other")
	for i := range n {
		clients[i] = s.client()
		clients[i].login(t, "user-devices")
		ids[i] = clients[i].me(t).Session
	}
	want := func(who int, sessions ...string) {
		t.Helper()
		for place, in := range s.places() {
			if err := lists(clients[who].at(in), ids[who], sessions...); err != nil {
				t.Errorf("%s: %v", place, err)
			}
		}
	}
	for i := range n {
		want(i, ids[:]...)
	}
	clients[3].logout(t)
	want(0, ids[0], ids[1], ids[2])
	clients[3].do(t, "GET", "/api/sessions", "", http.StatusUnauthorized)
	clients[0].do(t, "DELETE", "/api/sessions/"+ids[1], "", http.StatusNoContent)
	want(0, ids[0], ids[2])
	clients[0].do(t, "DELETE", "/api/sessions/"+ids[1], "", http.StatusNotFound)
	clients[0].do(t, "DELETE", "/api/sessions/"+ids[3], "", http.StatusNotFound)
	clients[3].login(t, "user-devices")
	want(2, ids[0], ids[2], ids[3])
	clients[3].login(t, "user-devices-2") // the same browser, somebody else
	want(2, ids[0], ids[2])
	clients[2].do(t, "DELETE", "/api/sessions", "", http.StatusNoContent)
	want(2, ids[2])
	bob.do(t, "DELETE", "/api/sessions/"+ids[2], "", http.StatusNotFound)
	clients[2].mustBe(t, "user-devices", "nobody ends another user's session")
	clients[3].mustBe(t, "user-devices-2", "DELETE /api/sessions is about one's own")
}

func TestDevices(t *testing.T) {
	each(t, func(t *testing.T, b backend) { devicesAreListed(t, b.open(t)) })
}

func TestDevicesVanishWhenIdle(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, shortLimits...)
		busy, idle := s.client(), s.client()
		idle.login(t, "ada")
		busy.login(t, "ada")
		own := busy.me(t).Session
		eventually(t, "a device vanishes when its login has ended", func() error { return lists(busy, own, own) })
		idle.mustBe(t, "", "it is out")
	})
}
