package report

import "time"

// maxBuckets bounds the length of a series.
const maxBuckets = 100_000

// layout is how the values of a dimension by time are written.
func layout(every Dimension) string {
	if every == ByHour {
		return "2006-01-02T15:04"
	}
	return "2006-01-02"
}

// byTime reports whether d is a dimension by time.
func byTime(d Dimension) bool {
	return d == ByHour || d == ByDay || d == ByWeek || d == ByMonth
}

// periodStart returns the beginning of t's period, and the beginning of the next.
func periodStart(t time.Time, every Dimension) (start, next time.Time) {
	y, m, d := t.Date()
	at := func(m time.Month, d int) time.Time { return dayStart(y, m, d, t.Location()) }
	switch every {
	case ByHour:
		_, offset := t.Zone()
		back := time.Duration((t.Unix()+int64(offset))%3600)*time.Second + time.Duration(t.Nanosecond())
		start = t.Add(-back)
		return start, start.Add(time.Hour)
	case ByWeek:
		monday := d - (int(t.Weekday())+6)%7
		return at(m, monday), at(m, monday+7)
	case ByMonth:
		return at(m, 1), at(m+1, 1)
	default:
		return at(m, d), at(m, d+1)
	}
}

// parseStart reads a value of a dimension by time.
func parseStart(value string, every Dimension, location *time.Location) (time.Time, error) {
	if every == ByHour {
		return time.ParseInLocation(layout(every), value, location)
	}
	t, err := time.Parse(layout(every), value)
	y, m, d := t.Date()
	return dayStart(y, m, d, location), err
}

// starts returns the value of every period of the request, in order, those without
// a visit included. Where the request has no bound, the groups are it.
func (q resolved) starts(every Dimension, groups []Group) ([]string, error) {
	form := layout(every)
	from, to := q.From, q.end()
	for _, g := range groups {
		t, err := parseStart(g.Key[0], every, q.location)
		if err != nil {
			return nil, err
		}
		if from.IsZero() || q.From.IsZero() && t.Before(from) {
			from = t
		}
		if _, next := periodStart(t.In(q.location), every); q.To.IsZero() && next.After(to) {
			to = next
		}
	}
	starts := []string{}
	if from.IsZero() {
		return starts, nil
	}
	for t := from.In(q.location); t.Before(to); {
		if len(starts) == maxBuckets {
			return nil, fault("the period has more than %d of %s", maxBuckets, every)
		}
		start, next := periodStart(t, every)
		// An hour that the clock goes through twice has one value.
		if name := start.Format(form); len(starts) == 0 || starts[len(starts)-1] != name {
			starts = append(starts, name)
		}
		t = next
	}
	return starts, nil
}
