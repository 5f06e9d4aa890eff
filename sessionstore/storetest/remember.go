package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

func remembering() []scenario {
	return []scenario{
		{name: "one_of_many_at_once", run: remembersAtOnce},
		{name: "each_word_for_itself", run: remembersEach},
		{name: "for_its_time", run: remembersForItsTime},
		{name: "then_no_more", run: forgets},
		{name: "limits", run: refusesToRemember},
		{name: "unknown_outcome_is_an_error", run: remembersFlapping, breaks: true},
	}
}

// first notes a word in a store that works.
func (e *env) first(word string, ttl time.Duration) bool {
	e.Helper()
	first, err := e.any().Remember(e.Context(), word, ttl)
	if err != nil {
		e.Fatalf("Remember(%q, %v) = %v, want success", word, ttl, err)
	}
	return first
}

func remembersAtOnce(e *env) {
	for range scale(20, 5) {
		word := rand.Text()
		var first counter
		e.together(100, func(_ int, s sessionstore.Store) {
			switch is, err := s.Remember(e.Context(), word, time.Hour); {
			case err != nil:
				e.Errorf("Remember among many = %v, want success", err)
			case is:
				first.add(1)
			}
		})
		if first.get() != 1 {
			e.Fatalf("%d of 100 who noted a word at once were told that they were the first, want 1", first.get())
		}
	}
}

func remembersEach(e *env) {
	words := []string{
		"a", "A", " a", "a ", "a\x00", "\x00", "{0}", "*", "a:b", "\r\n", "é", "\xff\xfe",
		strings.Repeat("x", 256), strings.Repeat("x", 255) + "y", rand.Text(),
	}
	for _, again := range []bool{false, true} {
		for _, word := range words {
			if first := e.first(word, time.Hour); first == again {
				e.Errorf("Remember(%q) = %v, noted before: %v", word, first, again)
			}
		}
	}
}

func remembersForItsTime(e *env) {
	day := 24 * time.Hour
	e.first("long", day)
	e.first("short", time.Hour)
	e.Advance(50 * time.Minute)
	for _, word := range []string{"long", "short"} {
		if e.first(word, time.Millisecond) {
			e.Errorf("%q is forgotten after 50 minutes", word)
		}
	}
	e.Advance(day - time.Hour)
	e.sweep(0)
	if e.first("long", day) {
		e.Error("a word is forgotten ten minutes before its day is over")
	}
}

func forgets(e *env) {
	const ttl = 40 * time.Millisecond
	for _, word := range []string{"swept", "not swept"} {
		e.first(word, ttl)
		e.first(word+" for longer", time.Hour)
		e.Advance(ttl)
		if word == "swept" {
			e.sweep(0)
		}
		e.eventually("a word is forgotten", func() bool { return e.first(word, time.Hour) })
		e.Advance(ttl)
		for _, known := range []string{word, word + " for longer"} {
			if e.first(known, time.Hour) {
				e.Errorf("%q is new again, noted for an hour", known)
			}
		}
	}
}

func refusesToRemember(e *env) {
	for _, tt := range []struct {
		word string
		ttl  time.Duration
		want error
	}{
		{"", time.Hour, sessionstore.ErrInvalid},
		{strings.Repeat("x", 257), time.Hour, sessionstore.ErrInvalid},
		{"word", 0, sessionstore.ErrInvalid},
		{"word", -time.Second, sessionstore.ErrInvalid},
		{"word", 24*time.Hour + 1, sessionstore.ErrInvalid},
		{"word", 24 * time.Hour, nil},
		{"other", 1, nil},
	} {
		first, err := e.any().Remember(e.Context(), tt.word, tt.ttl)
		if !errors.Is(err, tt.want) || first != (tt.want == nil) {
			e.Errorf("Remember(%.9q, %v) = %v, %v, want %v", tt.word, tt.ttl, first, err, tt.want)
		}
	}
}

// remembersFlapping notes words three times each while the store comes and goes.
// Where the outcome of one attempt is unknown it must be an error: whoever is
// told false was not the first.
func remembersFlapping(e *env) {
	used := map[string]bool{}
	e.flap(scale(100, 40), func(ctx context.Context, _ int) {
		word, failed := rand.Text(), false
		for range 3 {
			first, err := e.any().Remember(ctx, word, time.Hour)
			switch {
			case isOneOf(err, answers...):
				e.Errorf("I6: Remember while the store comes and goes = %v, which is no failure", err)
			case err != nil:
				failed = true
			case first && used[word]:
				e.Error("I6: a word that was noted is new again")
			case !first && !used[word] && !failed:
				e.Error("I6: the first who noted a word is told that it was known")
			default:
				used[word] = true
			}
		}
	})
	for word := range used {
		if e.first(word, time.Hour) {
			e.Error("I6: a word that was noted is new after the store was restored")
		}
	}
}
