package sessionstore_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// What stores answer, in words that can be compared.

func diff(memory, redis any) string {
	a, b := fmt.Sprintf("%+v", memory), fmt.Sprintf("%+v", redis)
	if a == b {
		return ""
	}
	return fmt.Sprintf("the stores differ\nMemory %s\nRedis  %s", a, b)
}

func shownError(err error) string {
	var ended *sessionstore.EndedError
	var conflict *sessionstore.ConflictError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &ended):
		return fmt.Sprint(err, shownTime(ended.At))
	case errors.As(err, &conflict):
		return fmt.Sprintf("%v %+v", err, *conflict)
	}
	return err.Error()
}

func shownTime(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return ceil(t.Sub(time.UnixMilli(0)))
}

// ceil returns whole milliseconds, which is how Redis keeps them.
func ceil(d time.Duration) int64 {
	n := d.Milliseconds()
	if time.Duration(n)*time.Millisecond < d {
		n++
	}
	return n
}

func shownResult(r sessionstore.Result) string {
	s := fmt.Sprintf("at=%d rotated=%v sealed=%q added=%v conflicts=%v quantities=%v lines=%v evicted=%v", shownTime(r.At), r.Rotated, r.Sealed,
		r.Added, r.Conflicts, r.Quantities, r.Lines, sorted(r.Evicted))
	if v := r.Visit; v != nil {
		s += fmt.Sprintf(" visit=%s %d %d %d", v.ID, shownTime(v.Started), ceil(v.Idle), shownTime(v.Until))
	}
	return s
}

func shownRecord(r *sessionstore.Record) string {
	if r == nil {
		return ""
	}
	spent, size, refused := r.Internals()
	c := r.Credential
	s := fmt.Sprintf("%v created=%d seen=%d idle=%d until=%d\n epoch=%d key=%v since=%d prev=%v sealed=%q used=%d spent=%v\n owner=%q device=%+v client=%q size=%d refused=%v",
		r.ID, shownTime(r.Created), shownTime(r.Seen), ceil(r.Idle), shownTime(r.Until),
		c.Epoch, c.Current, shownTime(c.Since), c.Previous, c.Sealed, shownTime(c.Used), spent, r.Owner, r.Device, r.Client, size, refused)
	for _, k := range slices.Sorted(maps.Keys(r.Values)) {
		s += fmt.Sprintf("\n %q=%q", k, r.Values[k])
	}
	for _, k := range slices.Sorted(maps.Keys(r.Cart)) {
		s += fmt.Sprintf("\n %q: %d", k, r.Cart[k])
	}
	if l := r.Login; l != nil {
		s += fmt.Sprintf("\n login=%s %s %d %d %d %d %v %s", l.ID, l.User, shownTime(l.Started), shownTime(l.Authenticated), ceil(l.Idle), shownTime(l.Until), l.AMR, l.ACR)
	}
	if v := r.Visit; v != nil {
		s += fmt.Sprintf("\n visit=%s %d %d %d", v.ID, shownTime(v.Started), ceil(v.Idle), shownTime(v.Until))
	}
	return s
}

func shownEvents(events []analytics.Event) string {
	var s strings.Builder
	for _, e := range events {
		fmt.Fprintf(&s, "\n%s %d det=%d v=%s l=%s u=%s r=%s a=%s %v", e.Type, shownTime(e.Time), shownTime(e.Detected), e.Visit, e.Login, e.User, e.Reason, e.Actor, e.Attributes)
	}
	return s.String()
}

func shownChange(c sessionstore.Change) string {
	s := fmt.Sprintf("%+v", c)
	for name, part := range map[string]any{
		"Create": c.Create, "End": c.End, "EndLogin": c.EndLogin, "Login": c.Login, "Reauth": c.Reauth, "Rotate": c.Rotate, "Renew": c.Renew, "Visit": c.Visit,
	} {
		s += fmt.Sprintf("\n  %s %+v", name, part)
	}
	return s
}

func ids(recs []*sessionstore.Record) (all []sessionstore.ID) {
	for _, r := range recs {
		all = append(all, r.ID)
	}
	return all
}

func shownIDs(recs []*sessionstore.Record) []sessionstore.ID { return ids(recs) }

func sorted(all []sessionstore.ID) []string {
	var s []string
	for _, id := range all {
		s = append(s, id.String())
	}
	slices.Sort(s)
	return s
}
