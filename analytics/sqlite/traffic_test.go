package sqlite_test

import (
	"container/heap"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// traffic is that of a shop, the same each time: visits over 90 days by 0.4 as many
// visitors, each with a start, three views on average, an action in most, and an end.
type traffic struct {
	visits  int
	random  *rand.Rand
	pending pending
	n       int64 // events so far
}

var (
	trafficBegins = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	trafficEnds   = trafficBegins.AddDate(0, 0, 90)
)

// pending are the events that visits under way will have, the earliest first.
type pending []analytics.Event

func (p *pending) Len() int           { return len(*p) }
func (p *pending) Less(i, j int) bool { return (*p)[i].Time.Before((*p)[j].Time) }
func (p *pending) Swap(i, j int)      { (*p)[i], (*p)[j] = (*p)[j], (*p)[i] }
func (p *pending) Push(e any)         { *p = append(*p, e.(analytics.Event)) }
func (p *pending) Pop() any {
	last := len(*p) - 1
	e := (*p)[last]
	*p = (*p)[:last]
	return e
}

// batches returns the events of so many visits in the order of their times.
func batches(visits, size int) iter.Seq[[]analytics.Event] {
	t := &traffic{visits: visits, random: rand.New(rand.NewPCG(1, 2))}
	return func(yield func([]analytics.Event) bool) {
		var batch []analytics.Event
		emit := func(until time.Time) bool {
			for len(t.pending) > 0 && t.pending[0].Time.Before(until) {
				e := heap.Pop(&t.pending).(analytics.Event)
				e.ID = fmt.Sprintf("%d-%d-%d", t.n%128, e.Time.UnixMilli(), t.n%3)
				t.n++
				if batch = append(batch, e); len(batch) == size {
					if !yield(batch) {
						return false
					}
					batch = nil
				}
			}
			return true
		}
		apart := trafficEnds.Sub(trafficBegins) / time.Duration(visits)
		for i := range visits {
			start := trafficBegins.Add(time.Duration(i) * apart).Truncate(time.Millisecond)
			if !emit(start) {
				return
			}
			t.visit(start)
		}
		if emit(trafficEnds.AddDate(1, 0, 0)) && len(batch) > 0 {
			yield(batch)
		}
	}
}

// id returns an ID of so many bytes that stands for n.
func id(n uint64, size int) string {
	b := make([]byte, 0, size+8)
	for i := uint64(0); len(b) < size; i++ {
		b = binary.LittleEndian.AppendUint64(b, (n+1)*0x9e3779b97f4a7c15+i*0xbf58476d1ce4e5b9)
	}
	return base64.RawURLEncoding.EncodeToString(b[:size])
}

// pick returns one of n, the first ones more often.
func (t *traffic) pick(n int) int {
	return int(float64(n) * math.Pow(t.random.Float64(), 3))
}

// visit adds the events of one visit.
func (t *traffic) visit(start time.Time) {
	visitor := t.random.IntN(max(1, t.visits*2/5))
	e := analytics.Event{Time: start, Session: id(uint64(visitor), 16), Visit: id(t.random.Uint64(), 9)}
	add := func(kind analytics.Type, attributes map[string]string) {
		e.Type, e.Attributes = kind, attributes
		heap.Push(&t.pending, e)
	}
	add(analytics.VisitStarted, t.origin())
	last := start
	for i := range 1 + t.pick(9) {
		if i > 0 {
			e.Time = e.Time.Add(time.Duration(2000+t.random.IntN(120_000)) * time.Millisecond)
		}
		page := t.pick(500)
		add(analytics.PageViewed, map[string]string{
			"view": e.Visit + "." + id(t.random.Uint64(), 8), "path": "/shop/" + strconv.Itoa(page), "route": "/shop/{" + strconv.Itoa(page%20) + "}",
		})
		last = e.Time
		if t.random.IntN(4) > 0 {
			continue
		}
		e.Time = e.Time.Add(time.Duration(500+t.random.IntN(20_000)) * time.Millisecond)
		t.act(&e, add)
		last = e.Time
	}
	e.Time, e.Reason = last.Add(30*time.Minute), analytics.ReasonIdle
	add(analytics.VisitEnded, map[string]string{
		"start": strconv.FormatInt(start.UnixMilli(), 10), "last": strconv.FormatInt(last.UnixMilli(), 10),
	})
}

// act adds an action.
func (t *traffic) act(e *analytics.Event, add func(analytics.Type, map[string]string)) {
	switch n := t.random.IntN(10); {
	case n < 4:
		add(analytics.CartChanged, map[string]string{"sku": "sku" + strconv.Itoa(t.pick(200)), "quantity": "1"})
	case n < 5 && e.User == "":
		e.User, e.Login = "user "+e.Session[:6], id(t.random.Uint64(), 9)
		add(analytics.LoginStarted, nil)
	case n < 6:
		order := strconv.FormatUint(t.random.Uint64(), 36)
		add(analytics.CheckoutCompleted, map[string]string{"order": order})
		e.Time = e.Time.Add(time.Millisecond)
		add(analytics.ActionTaken, map[string]string{"action": analytics.PurchaseAction, "order": order, "value": "1999", "currency": "EUR"})
	default:
		add(analytics.ActionTaken, map[string]string{"action": "action " + strconv.Itoa(t.pick(12))})
	}
}

// origin returns one of some 20,000.
func (t *traffic) origin() map[string]string {
	o := analytics.Origin{
		Platform: "web", Device: []string{"desktop", "mobile", "tablet"}[t.pick(3)], Browser: "browser " + strconv.Itoa(t.pick(7)),
		OS: "os " + strconv.Itoa(t.pick(5)), Language: []string{"de", "en", "fr", "it", "pl"}[t.pick(5)],
	}
	switch source := t.pick(40); {
	case source < 10:
	case source < 25:
		o.Referrer = "site" + strconv.Itoa(source) + ".example"
	default:
		o.Source, o.Medium, o.Campaign = "source "+strconv.Itoa(source), "cpc", "campaign "+strconv.Itoa(t.pick(4))
	}
	if t.random.IntN(50) == 0 {
		o.Bot = "declared"
	}
	return o.Attributes()
}
