package sessionstore

import (
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// The fields of an entry in a feed: t type, at, det (detected, if later), s
// session, v visit, l login, u user, r reason, a actor, and +<name> for each
// attribute. Moments are Unix ms. The ID of an event, which is also its
// position, is "<partition>-<ID of the entry>".

// encodeEvent returns an event as append.lua takes it: its moment, which the
// script fills in if there is none, how many words follow, and the fields.
func encodeEvent(e *analytics.Event) parts {
	at := ""
	if !e.Time.IsZero() {
		at = millis(e.Time)
	}
	fields := parts{at, 0, "t", string(e.Type)}
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, name, value)
		}
	}
	if !e.Detected.IsZero() {
		add("det", millis(e.Detected))
	}
	add("s", e.Session)
	add("v", e.Visit)
	add("l", e.Login)
	add("u", e.User)
	add("r", string(e.Reason))
	add("a", e.Actor)
	for name, value := range e.Attributes {
		fields = append(fields, "+"+name, value)
	}
	fields[1] = len(fields) - 2
	return fields
}

// decodeEvent reads an entry, whose fields field returns one by one.
func decodeEvent(position string, fields []any) analytics.Event {
	e := analytics.Event{ID: position}
	for i := 0; i+1 < len(fields); i += 2 {
		value := word(fields, i+1)
		switch name := word(fields, i); name {
		case "t":
			e.Type = analytics.Type(value)
		case "at":
			e.Time = eventTime(value)
		case "det":
			e.Detected = eventTime(value)
		case "s":
			e.Session = value
		case "v":
			e.Visit = value
		case "l":
			e.Login = value
		case "u":
			e.User = value
		case "r":
			e.Reason = analytics.Reason(value)
		case "a":
			e.Actor = value
		default:
			attribute, ok := strings.CutPrefix(name, "+")
			if !ok {
				continue // of a later version
			}
			if e.Attributes == nil {
				e.Attributes = map[string]string{}
			}
			e.Attributes[attribute] = value
		}
	}
	return e
}

func eventTime(value string) time.Time {
	ms, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// position names an entry of a partition's feed.
func position(partition int, entry string) string { return strconv.Itoa(partition) + "-" + entry }

// parsePosition is the reverse of position.
func (r *Redis) parsePosition(s string) (partition int, entry string, ok bool) {
	p, entry, ok := strings.Cut(s, "-")
	partition, err := strconv.Atoi(p)
	return partition, entry, ok && err == nil && partition >= 0 && partition < r.keys.partitions()
}
