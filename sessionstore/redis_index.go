package sessionstore

import (
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
)

// indexEntry is a login in the index of its user: see user.lua.
type indexEntry struct {
	session ID
	login   string
	at      time.Time // when it was reserved
	state   string    // live, evict or end
	marked  time.Time // when evict or end was
	by      string    // evict: the field of the login that takes its place
	reason  analytics.Reason
	actor   string
}

// The states of a login in the index.
const (
	indexLive  = "live"
	indexEvict = "evict"
	indexEnd   = "end"
)

// settled is after how long a login that was reserved has begun, or never will.
const settled = 15 * time.Second

// indexField is the name of a login in the index.
func indexField(id ID, login string) string { return id.String() + ":" + login }

func parseIndexField(field string) (indexEntry, bool) {
	id, login, ok := strings.Cut(field, ":")
	if !ok {
		return indexEntry{}, false
	}
	session, err := ParseID(id)
	return indexEntry{session: session, login: login}, err == nil
}

func (e *indexEntry) field() string { return indexField(e.session, e.login) }

// index returns the logins of a user.
func (r *Redis) index(ctx context.Context, user string) ([]indexEntry, error) {
	fields, err := r.client.HGetAll(ctx, r.keys.user(user)).Result()
	if err != nil {
		return nil, failed("user index", err)
	}
	entries := make([]indexEntry, 0, len(fields))
	for field, value := range fields {
		e, ok := parseIndexField(field)
		if !ok {
			continue // "nb"
		}
		w := words{rest: value}
		if e.at, e.state = w.time(), w.next(); e.state != indexLive {
			e.marked = w.time()
		}
		switch e.state {
		case indexEvict:
			e.by = w.rest
		case indexEnd:
			e.reason, e.actor = analytics.Reason(w.next()), w.rest
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// release takes logins that ended out of their users' indexes. A failure is
// nobody's: what stays is not taken for a login, and is removed in time.
func (r *Redis) release(ctx context.Context, id ID, logins []endedLogin) {
	if len(logins) == 0 {
		return
	}
	fields := make(map[string][]string, len(logins))
	for _, l := range logins {
		fields[l.user] = append(fields[l.user], indexField(id, l.login))
	}
	r.releaseFields(ctx, fields) //nolint:errcheck,gosec // see above (G104)
}

// releaseFields removes fields of users' indexes.
func (r *Redis) releaseFields(ctx context.Context, fields map[string][]string) error {
	if len(fields) == 0 {
		return nil
	}
	_, err := r.client.Pipelined(context.WithoutCancel(ctx), func(pipe redis.Pipeliner) error {
		for user, names := range fields {
			pipe.HDel(ctx, r.keys.user(user), names...)
		}
		return nil
	})
	return err
}
