package sessionstore

import (
	"context"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
)

// Append implements [Store].
func (r *Redis) Append(ctx context.Context, events ...analytics.Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := r.ready(ctx); err != nil {
		return err
	}
	skew := r.skewed()
	grouped := map[uint32]parts{}
	for i := range events {
		p := r.feedOf(&events[i])
		args := grouped[p]
		if args == nil {
			args = parts{skew, strconv.Itoa(r.streams.limit), r.streams.how()}
		}
		fields := encodeEvent(&events[i])
		args.add(len(fields))
		args.add(fields...)
		grouped[p] = args
	}
	for p, args := range grouped {
		if _, err := r.once(ctx, appendScript.call([]string{r.keys.parts[p].feed}, args...)); err != nil {
			return failed("append", err)
		}
	}
	return nil
}

// feedOf returns the partition whose feed takes an event: that of the session,
// so that a session's events stay in order, else that of the user.
func (r *Redis) feedOf(e *analytics.Event) uint32 {
	if id, err := ParseID(e.Session); err == nil {
		return r.keys.number(id)
	}
	return r.keys.userNumber(e.User)
}

// page is how many entries of a feed are looked at at once.
const page = 1000

// Events implements [Store]. With a session it looks at one partition's feed,
// else at all of them.
func (r *Redis) Events(ctx context.Context, q analytics.Query) ([]analytics.Event, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	var found []analytics.Event
	scan := make(map[int]string, r.keys.partitions()) // where each feed is to be read on
	if id, err := ParseID(q.Session); err == nil {
		scan[int(r.keys.number(id))] = "-"
	} else {
		for p := range r.keys.partitions() {
			scan[p] = "-"
		}
	}
	for len(scan) > 0 {
		pipe := r.client.Pipeline()
		cmds := make(map[int]*redis.Cmd, len(scan))
		for p, from := range scan {
			cmds[p] = pipe.Do(ctx, "xrange", r.keys.parts[p].feed, from, "+", "COUNT", page)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return nil, failed("events", err)
		}
		for p := range r.keys.partitions() {
			cmd, ok := cmds[p]
			if !ok {
				continue
			}
			entries := decodeEntries(p, cmd.Val())
			for _, entry := range entries {
				if q.Matches(entry.Event) {
					found = append(found, entry.Event)
				}
			}
			if len(entries) < page {
				delete(scan, p)
				continue
			}
			_, last, _ := r.parsePosition(entries[len(entries)-1].Position)
			scan[p] = "(" + last
		}
	}
	return oldestFirst(found, q.Limit), nil
}

// decodeEntries reads entries as XRANGE and its kin return them. Entries that
// are in the feed no more are left out.
func decodeEntries(partition int, reply any) []analytics.Entry {
	list, _ := reply.([]any) // no list is an empty one
	entries := make([]analytics.Entry, 0, len(list))
	for _, item := range list {
		pair, ok := item.([]any)
		if !ok || len(pair) != 2 {
			continue
		}
		fields, ok := pair[1].([]any)
		if !ok {
			continue
		}
		at := position(partition, word(pair, 0))
		entries = append(entries, analytics.Entry{Position: at, Event: decodeEvent(at, fields)})
	}
	return entries
}
