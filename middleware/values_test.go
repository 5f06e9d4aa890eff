package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

type (
	responseWriter = http.ResponseWriter
	request        = http.Request
)

func TestI2_ConcurrentKeysAreKept(t *testing.T) {
	k := newKit(t, middleware.Config{})
	b := k.browser()
	b.mustPost("/put?key=first&value=1")
	together(200, func(i int) {
		b.twin().mustPost(fmt.Sprintf("/put?key=k%d&value=v%d", i, i))
	})
	for i := range 200 {
		if got := b.get(fmt.Sprintf("/get?key=k%d", i)); got != fmt.Sprintf("v%d", i) {
			t.Errorf("k%d is %q", i, got)
		}
	}
	if n := len(k.events(analytics.StateConflicted)); n != 0 {
		t.Errorf("%d conflicts", n)
	}
}

// together runs do n times at once.
func together(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

func TestI2_ConflictIsReported(t *testing.T) {
	k := newKit(t, middleware.Config{})
	both := make(chan struct{}, 2)
	release := make(chan struct{})
	k.handle("POST /race", func(_ responseWriter, r *request) error {
		k.Values().Put(r.Context(), "theme", r.FormValue("v"))
		both <- struct{}{}
		<-release
		return nil
	})
	b := k.browser()
	b.mustPost("/put?key=x&value=y")
	done := make(chan struct{})
	go func() {
		together(2, func(i int) { b.twin().mustPost("/race?v=" + strconv.Itoa(i)) })
		close(done)
	}()
	<-both
	<-both
	close(release)
	<-done
	events := k.events(analytics.StateConflicted)
	if len(events) != 1 || events[0].Attributes["key"] != "theme" {
		t.Errorf("conflicts: %+v", events)
	}
}

var (
	points  = middleware.NewKey("points", middleware.Counter())
	tags    = middleware.NewKey("tags", middleware.Union[string]())
	profile = middleware.NewKey[person]("profile")
	best    = middleware.NewKey("best", middleware.MergeWith(func(_, theirs, ours int) int { return max(theirs, ours) }))
	theme   = middleware.NewKey[string]("theme")
)

type person struct {
	Name string
	Age  int
}

func TestI2_MergesCombine(t *testing.T) {
	k := newKit(t, middleware.Config{})
	var gate sync.WaitGroup // all have read before any writes
	k.handle("POST /all", func(_ responseWriter, r *request) error {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil {
			return err
		}
		ctx := r.Context()
		count, _ := points.Get(ctx)
		list, _ := tags.Get(ctx)
		gate.Done()
		gate.Wait()
		return errors.Join(
			points.Set(ctx, count+1),
			tags.Set(ctx, append(slices.Clone(list), r.FormValue("n"))),
			best.Set(ctx, n),
		)
	})
	k.handle("GET /all", func(w responseWriter, r *request) error {
		count, _ := points.Get(r.Context())
		list, _ := tags.Get(r.Context())
		high, _ := best.Get(r.Context())
		_, err := fmt.Fprint(w, count, " ", len(list), " ", high)
		return err
	})
	b := k.browser()
	b.mustPost("/put?key=x&value=y")
	const n = 50
	gate.Add(n)
	together(n, func(i int) { b.twin().mustPost("/all?n=" + strconv.Itoa(i)) })
	if got := b.get("/all"); got != "50 50 49" {
		t.Errorf("count, tags, best: %s", got)
	}
}

func TestI2_Update(t *testing.T) {
	k := newKit(t, middleware.Config{})
	numbers := middleware.NewKey[[]int]("numbers")
	k.handle("POST /update", func(w responseWriter, r *request) error {
		n, err := points.Update(r.Context(), func(old int) int { return old + 1 })
		if err != nil {
			return err
		}
		_, err = numbers.Update(r.Context(), func(old []int) []int { return append(slices.Clone(old), n) })
		if err != nil {
			return err
		}
		seen, _ := points.Get(r.Context())
		_, err = fmt.Fprint(w, n, seen)
		return err
	})
	k.handle("GET /update", func(w responseWriter, r *request) error {
		list, _ := numbers.Get(r.Context())
		slices.Sort(list)
		_, err := fmt.Fprint(w, list)
		return err
	})
	b := k.browser()
	b.mustPost("/put?key=x&value=y")
	want := []int{}
	for i := range 50 {
		want = append(want, i+1)
	}
	together(50, func(int) {
		a, b, _ := strings.Cut(b.twin().mustPost("/update").body, " ")
		if a != b {
			t.Errorf("stored %s, seen %s", a, b)
		}
	})
	if got := b.get("/update"); got != fmt.Sprint(want) {
		t.Errorf("every count once: %s", got)
	}
}

// Values keep their Go type, and typed keys of basic kinds are the same values
// that the scs API has.
func TestValuesKeepTheirType(t *testing.T) {
	k := newKit(t, middleware.Config{})
	when := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	k.handle("POST /types", func(_ responseWriter, r *request) error {
		s, ctx := k.Values(), r.Context()
		s.Put(ctx, "int64", int64(7))
		s.Put(ctx, "bytes", []byte{0, 255})
		s.Put(ctx, "time", when)
		s.Put(ctx, "float", 0.1)
		s.Put(ctx, "theme", "dark")
		return profile.Set(ctx, person{"Ada", 36})
	})
	k.handle("GET /types", func(w responseWriter, r *request) error {
		s, ctx := k.Values(), r.Context()
		p, ok := profile.Get(ctx)
		th, _ := theme.Get(ctx)
		_, err := fmt.Fprint(w, s.GetInt64(ctx, "int64"), s.GetInt(ctx, "int64"), string(s.GetBytes(ctx, "bytes")), s.GetTime(ctx, "time").Equal(when), s.GetFloat(ctx, "float"), th, p, ok)
		return err
	})
	b := k.browser()
	b.mustPost("/types")
	if got, want := b.get("/types"), fmt.Sprint(int64(7), 0, "\x00\xff", true, 0.1, "dark", person{"Ada", 36}, true); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestUnsupportedValueChangesNothing(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /struct", func(w responseWriter, r *request) error {
		k.Values().Put(r.Context(), "good", "yes")
		k.Values().Put(r.Context(), "bad", person{"Ada", 36})
		_, err := io.WriteString(w, "SECRET BODY")
		if err == nil {
			t.Error("the discarded write reported no error")
		}
		return nil
	})
	b := k.browser()
	b.mustPost("/put?key=x&value=y")
	res := b.post("/struct")
	if res.StatusCode != 500 || strings.Contains(res.body, "SECRET") {
		t.Errorf("%s %q", res.Status, res.body)
	}
	if got := b.get("/get?key=good"); got != "" {
		t.Errorf("half of the change was stored: %q", got)
	}
}

func TestTooLargeValue(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /big", func(_ responseWriter, r *request) error {
		k.Values().Put(r.Context(), "big", strings.Repeat("x", 10<<20))
		return nil
	})
	if res := k.browser().post("/big"); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%s", res.Status)
	}
}

func TestDestroy(t *testing.T) {
	k := newKit(t, middleware.Config{})
	for name, then := range map[string]func(ctx context.Context){
		"alone":     func(context.Context) {},
		"then put":  func(ctx context.Context) { k.Values().Put(ctx, "theme", "new") },
		"and renew": func(ctx context.Context) { k.Values().RenewToken(ctx) },
	} {
		path := "/destroy/" + strings.ReplaceAll(name, " ", "-")
		k.handle("POST "+path, func(_ responseWriter, r *request) error {
			if err := k.Values().Destroy(r.Context()); err != nil {
				return err
			}
			then(r.Context())
			return nil
		})
		ended := len(k.events(analytics.SessionEnded))
		b := k.browser()
		b.mustPost("/login?user=ada")
		b.mustPost("/put?key=theme&value=dark")
		old := b.twin()
		b.mustPost(path)
		if got := old.get("/me"); got != "" {
			t.Errorf("%s: the session lives on: %q", name, got)
		}
		if n := len(k.events(analytics.SessionEnded)); n != ended+1 {
			t.Errorf("%s: %d ends", name, n-ended)
		}
		want := map[string]string{"then put": "new"}[name]
		if got := b.get("/get?key=theme"); got != want {
			t.Errorf("%s: theme is %q", name, got)
		}
		if (name == "alone") != (b.cookie == "") {
			t.Errorf("%s: cookie %q", name, b.cookie)
		}
	}
}
