package analytics_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

var exampleEvents = []analytics.Event{
	{
		ID: "1-0", Type: analytics.LoginStarted, Session: "Zk3", User: "ada",
		Time: time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC),
	},
	{
		ID: "2-0", Type: analytics.LoginEnded, Session: "Zk3", User: "ada", Reason: analytics.ReasonLogout,
		Time: time.Date(2026, 3, 14, 12, 30, 0, 0, time.UTC),
	},
}

func ExampleMemory() {
	m := analytics.NewMemory(1000)

	// Delivered twice, as may happen after a failure: each event counts once.
	for range 2 {
		if err := m.Record(context.Background(), exampleEvents); err != nil {
			fmt.Println(err)
		}
	}
	for _, e := range m.Events(analytics.Query{User: "ada"}) {
		fmt.Println(e.Time.Format(time.TimeOnly), e.Type, e.User)
	}
	// Output:
	// 12:00:00 login.started ada
	// 12:30:00 login.ended ada
}

func ExampleJSONLines() {
	rec := analytics.NewJSONLines(os.Stdout)
	if err := rec.Record(context.Background(), exampleEvents); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"id":"1-0","type":"login.started","time":"2026-03-14T12:00:00Z","session":"Zk3","user":"ada"}
	// {"id":"2-0","type":"login.ended","time":"2026-03-14T12:30:00Z","session":"Zk3","user":"ada","reason":"logout"}
}

func ExampleFanout() {
	m := analytics.NewMemory(1000)
	rec := analytics.Fanout{
		"live":      m,
		"warehouse": analytics.RecorderFunc(func(context.Context, []analytics.Event) error { return errors.New("no route to host") }),
	}
	fmt.Println(rec.Record(context.Background(), exampleEvents))
	fmt.Println("live has", len(m.Events(analytics.Query{})))
	// Output:
	// analytics: recorder "warehouse": no route to host
	// live has 2
}
