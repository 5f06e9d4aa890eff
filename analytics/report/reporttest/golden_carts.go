package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func cartScenarios() []scenario {
	return []scenario{carts(), cartsOfOneMoment(), cartsOfBots()}
}

// carts asks for carts. IDs must be there and differ, and are not compared.
func (e *env) carts(q report.CartsQuery) report.Carts {
	e.Helper()
	got, err := e.w.Carts(e.Context(), q)
	if err != nil {
		e.Errorf("carts: %v", err)
	}
	ids := map[string]bool{"": true}
	for i := range got.List {
		if ids[got.List[i].ID] {
			e.Errorf("carts: the ID %q is empty or there twice", got.List[i].ID)
		}
		ids[got.List[i].ID] = true
		got.List[i].ID = ""
	}
	return got
}

func carts() scenario {
	d := tuesday()
	events := Events(
		d.Visit("v1").By("s1").As("ada").View("09:58", "/").Cart("10:00", "mug", 1).Cart("10:01", "mug", 2).Cart("10:05", "pen", 1).View("10:10", "/").Ends("10:40", idle),
		d.Visit("v2").By("s2").Cart("11:30", "book", 1),
		d.Visit("v3").By("s3").Cart("10:00", "mug", 1).Checkout("10:06", "1").Ends("10:36", idle),
		d.Visit("v4").By("s4").Cart("10:00", "pen", 1).Cart("10:07", "pen", 0).Ends("10:37", idle),
		d.Visit("v5").By("s5").Cart("10:00", "pen", 1).Cart("10:01", "mug", 1).EmptyCart("10:08").Ends("10:38", idle),
		d.Visit("v6").By("s6").Cart("11:45", "gift", 1).Cart("11:46", "pen", 2).Ends("11:50", analytics.ReasonLogout),
		// Left alone for three hours, and then ordered.
		d.Visit("v7").By("s7").Cart("08:00", "mug", 1).Ends("08:30", idle),
		d.Visit("v8").By("s7").Cart("11:04", "pen", 1).Checkout("11:05", "2").Ends("11:35", idle),
		// Left alone for as long, and now they are back.
		d.Visit("v9").By("s8").Cart("08:01", "mug", 3).Ends("08:31", idle),
		d.Visit("v10").By("s8").View("11:40", "/"),
		// One cart after the other.
		d.Visit("v11").By("s9").Cart("09:00", "pen", 1).Checkout("09:05", "3").Cart("09:10", "pen", 5).Ends("09:40", idle),
	)
	events = append(events, d.happened("11:50", analytics.SessionEnded, "s6", because(analytics.ReasonLogout)))
	at, lines := d.At, func(sku string, n int64) map[string]int64 { return map[string]int64{sku: n} }
	eur := func(cents int64) map[string]int64 { return map[string]int64{"EUR": cents} }
	s6 := report.Cart{
		Session: "s6", State: report.CartAbandoned, Lines: map[string]int64{"gift": 1, "pen": 2}, Value: eur(400), // a gift has no price
		Began: at("11:45"), Changed: at("11:46"), Active: at("11:46"),
	}
	s2 := report.Cart{
		Session: "s2", State: report.CartOpen, Lines: lines("book", 1), Value: map[string]int64{"USD": 3000},
		Began: at("11:30"), Changed: at("11:30"), Active: at("11:30"),
	}
	s7 := report.Cart{
		Session: "s7", State: report.CartOrdered, Lines: map[string]int64{"mug": 1, "pen": 1}, Value: eur(1450),
		Began: at("08:00"), Changed: at("11:05"), Active: at("11:05"),
	}
	s5 := report.Cart{Session: "s5", State: report.CartEmptied, Began: at("10:00"), Changed: at("10:08"), Active: at("10:08")}
	s4 := report.Cart{Session: "s4", State: report.CartEmptied, Began: at("10:00"), Changed: at("10:07"), Active: at("10:07")}
	s3 := report.Cart{
		Session: "s3", State: report.CartOrdered, Lines: lines("mug", 1), Value: eur(1250),
		Began: at("10:00"), Changed: at("10:06"), Active: at("10:06"),
	}
	s1 := report.Cart{
		Session: "s1", User: "ada", State: report.CartAbandoned, Lines: map[string]int64{"mug": 2, "pen": 1}, Value: eur(2700), // 2 · 1250 + 200
		Began: at("10:00"), Changed: at("10:05"), Active: at("10:10"), // looked around for 5 min
	}
	s9 := report.Cart{
		Session: "s9", State: report.CartAbandoned, Lines: lines("pen", 5), Value: eur(1000),
		Began: at("09:10"), Changed: at("09:10"), Active: at("09:10"),
	}
	s9before := report.Cart{
		Session: "s9", State: report.CartOrdered, Lines: lines("pen", 1), Value: eur(200),
		Began: at("09:00"), Changed: at("09:05"), Active: at("09:10"),
	}
	s8 := report.Cart{
		Session: "s8", State: report.CartOpen, Lines: lines("mug", 3), Value: eur(3750),
		Began: at("08:01"), Changed: at("08:01"), Active: at("11:40"),
	}
	return scenario{
		name:   "open_abandoned_ordered_and_emptied",
		events: events,
		check: func(e *env) {
			all := report.Carts{
				Open: 2, Abandoned: 3, Ordered: 3, Emptied: 2,
				Value:    eur(4100), // 2700 + 400 + 1000
				Unpriced: 1,         // s6
				List:     []report.Cart{s6, s2, s7, s5, s4, s3, s1, s9, s9before, s8},
			}
			noon := report.CartsQuery{Now: d.At("12:00")}
			e.is("carts", nil, e.carts(noon), all)
			// The newest event is of 11:50: s1 is idle since 1 h 40 min.
			e.is("carts at the newest event", nil, e.carts(report.CartsQuery{}), all)

			left := all
			left.List = []report.Cart{s6, s1, s9}
			abandoned := noon
			abandoned.Abandoned = true
			e.is("abandoned carts", nil, e.carts(abandoned), left)
			abandoned.Limit, left.List = 1, left.List[:1]
			e.is("the latest abandoned cart", nil, e.carts(abandoned), left)

			// s1 has been idle for 1 h 50 min, s9 for 2 h 50 min; the session of s6 has ended.
			for idle, want := range map[time.Duration]int64{110 * time.Minute: 3, 111 * time.Minute: 2, 3 * time.Hour: 1} {
				q := noon
				q.Idle = idle
				got := e.carts(q)
				e.is("abandoned and open carts after "+idle.String(), nil, []int64{got.Abandoned, got.Open}, []int64{want, 5 - want})
			}

			changed := noon
			changed.From, changed.To = d.At("10:05"), d.At("10:08")
			e.is("carts changed from 10:05 on and before 10:08", nil, e.carts(changed), report.Carts{
				Abandoned: 1, Ordered: 1, Emptied: 1, Value: eur(2700), List: []report.Cart{s4, s3, s1},
			})
			// s8 came back over /, but not to change the cart.
			entered := noon
			entered.Where = where("entry", report.Is, "/")
			e.is("carts of visits that began with /", nil, e.carts(entered), report.Carts{Abandoned: 1, Value: eur(2700), List: []report.Cart{s1}})
		},
	}
}

// cartsOfOneMoment has changes of one request: of the same moment, and with IDs
// of different lengths.
func cartsOfOneMoment() scenario {
	d := tuesday()
	events := Events(
		d.Visit("v1").By("s1").Cart("10:00", "pen", 1).EmptyCart("10:05").Cart("10:05", "mug", 1).Ends("10:35", idle),
		d.Visit("v2").By("s2").Cart("10:00", "pen", 1).Cart("10:05", "mug", 1).Checkout("10:05", "1").Ends("10:35", idle),
	)
	for i := range events {
		switch e := &events[i]; {
		case e.Time.Before(d.At("10:05")) || e.Type == analytics.VisitEnded:
		case e.Attributes["sku"] == "" && e.Type == analytics.CartChanged:
			e.ID = "1773137100000-9"
		case e.Session == "s1":
			e.ID = "1773137100000-10"
		case e.Type == analytics.CheckoutCompleted:
			e.ID = "1773137100001-10"
		default:
			e.ID = "1773137100001-9"
		}
	}
	return scenario{
		name:   "changes_of_one_moment_in_the_order_of_their_IDs",
		events: events,
		check: func(e *env) {
			got := e.carts(report.CartsQuery{})
			// s1: pens taken out, then a mug, newly begun; s2: both ordered.
			e.is("open, abandoned, ordered, emptied", nil, []int64{got.Open, got.Abandoned, got.Ordered, got.Emptied}, []int64{1, 0, 1, 1})
			for _, c := range got.List {
				if c.State == report.CartOrdered {
					e.is("lines ordered", nil, c.Lines, map[string]int64{"pen": 1, "mug": 1})
				}
			}
		},
	}
}

func cartsOfBots() scenario {
	d := tuesday()
	return scenario{
		name: "carts_of_bots_are_kept_apart",
		events: Events(
			d.Visit("v1").Cart("10:00", "pen", 1).Ends("10:30", idle),
			d.Visit("v2").From(analytics.Origin{Bot: "crawler"}).Cart("10:00", "mug", 1).Ends("10:30", idle),
		),
		check: func(e *env) {
			for bots, want := range map[bool]string{false: "v1", true: "v2"} {
				got := e.carts(report.CartsQuery{Selection: report.Selection{Bots: bots}})
				var sessions []string
				for _, c := range got.List {
					sessions = append(sessions, c.Session)
				}
				e.is("sessions with a cart", nil, sessions, []string{want})
			}
		},
	}
}
