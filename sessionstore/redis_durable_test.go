package sessionstore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

func TestI1_RedisSurvivesKill(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t, redistest.AppendOnly())
	live, over := usual(), usual()
	r := made(t, server.Client(), live, over)
	if _, err := r.Apply(t.Context(), sessionstore.Change{Session: over.Session, AnyEpoch: true, End: &sessionstore.End{Reason: analytics.ReasonRevoked}}); err != nil {
		t.Fatal(err)
	}
	before, err := r.Load(t.Context(), live.Session)
	if err != nil {
		t.Fatal(err)
	}
	server.Kill()
	if _, err := r.Load(t.Context(), live.Session); err == nil || errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Load without a server = %v, want an error of the store", err)
	}
	server.Restart()
	after, err := r.Load(t.Context(), live.Session)
	if err != nil || shownRecord(before) != shownRecord(after) {
		t.Errorf("after the restart the record is\n%s, %v, want\n%s", shownRecord(after), err, shownRecord(before))
	}
	var ended *sessionstore.EndedError
	if _, err := r.Load(t.Context(), over.Session); !errors.As(err, &ended) || ended.Reason != analytics.ReasonRevoked {
		t.Errorf("Load of a session that ended before the restart = %v", err)
	}
	if _, err := r.Apply(t.Context(), sessionstore.Change{Session: live.Session, Epoch: 1}); err != nil {
		t.Errorf("Apply after the restart = %v", err)
	}
	if recs, err := r.UserSessions(t.Context(), "ann"); err != nil || len(recs) != 1 {
		t.Errorf("UserSessions after the restart = %v, %v, want one", recs, err)
	}
}

func TestI6_RedisDataLossLogsOut(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	c := usual()
	r := made(t, server.Client(), c)
	if err := server.Client().FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	add := sessionstore.Change{Session: c.Session, Epoch: 1, Values: []sessionstore.ValueChange{{Key: "a", Value: "b"}}}
	if _, err := r.Load(t.Context(), c.Session); !errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Load = %v, want ErrEnded", err)
	}
	if _, err := r.Apply(t.Context(), add); !errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Apply = %v, want ErrEnded", err)
	}
	if err := r.Touch(t.Context(), []sessionstore.Touch{{Session: c.Session, At: r.Now()}}); err != nil {
		t.Errorf("Touch = %v", err)
	}
	if _, err := r.Load(t.Context(), c.Session); !errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("a touch made a session: Load = %v", err)
	}
	if recs, err := r.UserSessions(t.Context(), "ann"); err != nil || len(recs) != 0 {
		t.Errorf("UserSessions = %v, %v, want none", recs, err)
	}
}

// TestI6_RedisRefuses has the server refuse writes: nothing is half done, and
// nobody is taken for logged out.
func TestI6_RedisRefuses(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	c := usual()
	r := made(t, server.Client(), c)
	before, err := r.Load(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	config := func(name, value string) {
		if err := server.Client().ConfigSet(t.Context(), name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for name, set := range map[string][3]string{
		"OOM":        {"maxmemory", "1", "0"},
		"NOREPLICAS": {"min-replicas-to-write", "1", "0"},
	} {
		config(set[0], set[1])
		_, err := r.Apply(t.Context(), sessionstore.Change{Session: c.Session, Epoch: 1, Values: []sessionstore.ValueChange{{Key: "a", Value: "secret"}}})
		config(set[0], set[2])
		if err == nil || errors.Is(err, sessionstore.ErrEnded) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Apply = %v, want %s and no values", err, name)
		}
		after, err := r.Load(t.Context(), c.Session)
		if err != nil || shownRecord(before) != shownRecord(after) {
			t.Errorf("a change that was refused changed the record to\n%s, %v", shownRecord(after), err)
		}
	}
}

func TestRedis_waitsForReplicas(t *testing.T) {
	t.Parallel()
	primary, replica := redistest.Replica(t)
	r := newRedis(t, primary.Client(), sessionstore.RedisOptions{WaitReplicas: 1, WaitTimeout: time.Second})
	end := func(id sessionstore.ID) error {
		_, err := r.Apply(t.Context(), sessionstore.Change{Session: id, AnyEpoch: true, End: &sessionstore.End{Reason: analytics.ReasonRevoked}})
		return err
	}
	first, second, third := usual(), usual(), usual()
	for _, c := range []sessionstore.Change{first, second, third} {
		if _, err := r.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := end(first.Session); err != nil {
		t.Errorf("an end that a replica acknowledges = %v", err)
	}
	key := r.SessionKey(first.Session)
	if got, err := replica.Client().HGet(t.Context(), key, "end").Result(); err != nil || !strings.HasPrefix(got, "revoked ") {
		t.Errorf("the replica has %q, %v", got, err)
	}
	replica.Pause()
	if err := end(second.Session); err == nil || errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("an end that no replica acknowledges = %v, want an error of the store", err)
	}
	if _, err := r.Load(t.Context(), second.Session); !errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Load = %v: the end was made all the same", err)
	}
	if _, err := r.EndUser(t.Context(), "ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked}); err == nil {
		t.Error("EndUser succeeds without a replica")
	}
	replica.Resume()
	if _, err := r.EndUser(t.Context(), "ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked}); err != nil {
		t.Errorf("EndUser = %v", err)
	}
	if _, err := r.Load(t.Context(), third.Session); !errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Load = %v, want ErrEnded", err)
	}
}

// TestRedis_keysExpire wants everything but the feeds to go by itself when
// nobody sweeps.
func TestRedis_keysExpire(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client()
	c, over := usual(), plain()
	r := made(t, client, c, over)
	if _, err := r.Apply(t.Context(), sessionstore.Change{Session: over.Session, AnyEpoch: true, End: &sessionstore.End{Reason: analytics.ReasonRevoked}}); err != nil {
		t.Fatal(err)
	}
	day := 24 * time.Hour
	for key, want := range map[string]time.Duration{
		r.SessionKey(c.Session):    37 * day,
		r.SessionKey(over.Session): time.Hour,
		r.UserKey("ann"):           400 * day,
	} {
		if ttl, err := client.PTTL(t.Context(), key).Result(); err != nil || ttl > want || ttl < want-time.Minute {
			t.Errorf("%s expires in %v, %v, want %v", key, ttl, err, want)
		}
	}
	held := usual()
	held.Create.Client = sessionstore.Client{ID: "https://app.example/client", Key: sessionstore.Hash{}.String()}
	made(t, client, held)
	for _, id := range []sessionstore.ID{c.Session, held.Session} {
		if encoding, err := client.ObjectEncoding(t.Context(), r.SessionKey(id)).Result(); err != nil || encoding != "listpack" {
			t.Errorf("a usual session is a %s, %v, want a listpack", encoding, err)
		}
	}
}
