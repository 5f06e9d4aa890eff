package sessionstore

import (
	"context"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
)

// appendAtOnce is how many events one script appends at most: so long nobody
// else is served.
const appendAtOnce = 100

// Append implements [Store]. If its error is one of the store, some of the events
// may have been appended.
func (r *Redis) Append(ctx context.Context, events ...analytics.Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := r.ready(ctx); err != nil {
		return err
	}
	calls := r.appends(events)
	if len(calls) == 1 { // as of a request: it shares a round trip with others
		if _, err := r.once(ctx, calls[0]); err != nil {
			return failed("append", err)
		}
		return nil
	}
	sent := r.clock.local()
	replies, err := r.allOnce(ctx, calls)
	if err != nil {
		return failed("append", err)
	}
	for _, reply := range replies {
		if _, err := r.answer(sent, reply); err != nil {
			return failed("append", err)
		}
	}
	return nil
}

// appends returns the runs of append.lua that append events, in their order
// within each partition.
func (r *Redis) appends(events []analytics.Event) []call {
	type part struct {
		args   parts
		events int
	}
	skew := r.skewed()
	nobodys := r.nobodys.Add(1) % uint32(r.keys.partitions()) //nolint:gosec // at most maxPartitions (G115)
	grouped := map[uint32]*part{}
	var calls []call
	flush := func(p uint32, of *part) {
		calls = append(calls, appendScript.call([]string{r.keys.parts[p].feed}, of.args...))
	}
	for i := range events {
		p := r.feedOf(&events[i], nobodys)
		of := grouped[p]
		if of == nil {
			of = &part{args: parts{skew, strconv.Itoa(r.streams.limit), r.streams.how()}}
			grouped[p] = of
		}
		of.args.add(encodeEvent(&events[i])...)
		if of.events++; of.events == appendAtOnce {
			flush(p, of)
			delete(grouped, p)
		}
	}
	for p, of := range grouped {
		flush(p, of)
	}
	return calls
}

// feedOf returns the partition whose feed takes an event: that of the session,
// so that a session's events stay in order, else that of the user, and nobody's in
// turn, so that no feed has to hold all of them.
func (r *Redis) feedOf(e *analytics.Event, nobodys uint32) uint32 {
	if id, err := ParseID(e.Session); err == nil {
		return r.keys.number(id)
	}
	if e.User == "" {
		return nobodys
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
