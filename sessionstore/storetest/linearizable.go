package storetest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func linearizable() []scenario {
	return []scenario{
		{name: "I2_few_sessions", run: func(e *env) { linearizes(e, 4, 8, 30) }},
		{name: "I1_one_session", run: func(e *env) { linearizes(e, 1, 6, 14) }},
	}
}

// linCall is one call of a store, and linReply what it answered.
type linCall struct {
	session  int
	kind     string // create, load, save, add, rotate, login, logout, end
	epoch    int64  // as the caller believes
	value    string // to save
	key      int    // to save under
	from, to sessionstore.Hash
	login    string
}

type linReply struct {
	err     string
	state   linState // of a load
	added   int64
	rotated bool
	sealed  string
}

// linState is all that the calls can see of one session.
type linState struct {
	phase             string // "", live, ended
	epoch             int64
	current, previous sessionstore.Hash
	login             string
	values            [2]string
	count             int64
}

// linStep says whether a session in state s may answer the call so, and in
// which state it then is.
func linStep(s linState, in linCall, out linReply) (bool, linState) {
	if in.kind == "create" {
		if s.phase != "" {
			return out.err == "exists" && s.phase == "live" || out.err == "ended" && s.phase == "ended", s
		}
		return out.err == "", linState{phase: "live", current: in.to}
	}
	if s.phase != "live" {
		return out.err == "ended", s
	}
	if in.kind == "load" {
		return out.err == "" && out.state == s, s
	}
	if in.epoch != s.epoch {
		return out.err == "superseded", s
	}
	next, ok := s, out.err == ""
	switch in.kind {
	case "save":
		next.values[in.key] = in.value
	case "add":
		next.count++
		ok = ok && out.added == next.count
	case "rotate":
		switch {
		case s.current == in.from:
			next.current, next.previous = in.to, in.from
			ok = ok && out.rotated
		case s.previous == in.from && in.from != (sessionstore.Hash{}):
			ok = ok && !out.rotated && out.sealed == s.current.String()
		default:
			ok = ok && !out.rotated && out.sealed == ""
		}
	case "login":
		next.login, next.current, next.previous, next.epoch = in.login, in.to, sessionstore.Hash{}, s.epoch+1
	case "logout":
		if s.login != "" {
			next.login, next.epoch = "", s.epoch+1
		}
	case "end":
		next = linState{phase: "ended"}
	}
	return ok, next
}

var linModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		var parts [][]porcupine.Operation
		for _, op := range history {
			i := op.Input.(linCall).session //nolint:errcheck // nothing else is recorded
			for len(parts) <= i {
				parts = append(parts, nil)
			}
			parts[i] = append(parts[i], op)
		}
		return parts
	},
	Init: func() any { return linState{} },
	Step: func(state, in, out any) (bool, any) {
		return linStep(state.(linState), in.(linCall), out.(linReply)) //nolint:errcheck // nothing else is recorded
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v → %+v", in, out) },
	DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
}

// linearizes lets goroutines on both handles call the store about few sessions,
// and checks that the answers are those of one order of the calls, in which none
// comes before one that had been answered when it was made.
func linearizes(e *env, sessions, workers, calls int) {
	for round := range scale(40, 8) {
		history := record(e, round, sessions, workers, calls)
		result, info := porcupine.CheckOperationsVerbose(linModel, history, 30*time.Second)
		switch result {
		case porcupine.Ok:
		case porcupine.Unknown:
			e.Logf("round %d: a history of %d calls was not checked in time", round, len(history))
		case porcupine.Illegal:
			path := filepath.Join(e.ArtifactDir(), fmt.Sprintf("round%d.html", round))
			if err := porcupine.VisualizePath(linModel, info, path); err != nil {
				e.Logf("the history could not be drawn: %v", err)
			}
			e.Fatalf("I1, I2: the answers of round %d fit no order of the calls: see %s (kept with go test -artifacts)", round, path)
		}
	}
}

// record makes the calls and returns what was asked and answered when.
func record(e *env, round, sessions, workers, calls int) []porcupine.Operation {
	names := make([]sessionstore.ID, sessions)
	for i := range names {
		names[i] = sessionstore.NewID()
	}
	var mu sync.Mutex
	var history []porcupine.Operation
	start := time.Now()
	e.together(workers, func(w int, s sessionstore.Store) {
		d := dice(round*workers + w + 1) //nolint:gosec // not negative
		believed := make([]linState, sessions)
		for i := range calls {
			in := linCall{session: d.roll(sessions), to: newHash()}
			known := &believed[in.session]
			in.kind = d.pick("create", "load", "load", "load", "save", "save", "save", "add", "add", "add", "rotate", "rotate", "rotate", "login", "logout")
			if i > calls/2 && d.roll(2*calls) == 0 {
				in.kind = "end"
			}
			in.epoch, in.from, in.login = known.epoch, known.current, sessionstore.NewSpanID()
			in.key, in.value = d.roll(2), strconv.Itoa(w*calls+i)
			call := time.Since(start)
			out := perform(e, s, names[in.session], in)
			op := porcupine.Operation{ClientId: w, Input: in, Call: call.Nanoseconds(), Output: out, Return: time.Since(start).Nanoseconds()}
			if in.kind == "load" && out.err == "" {
				*known = out.state
			}
			mu.Lock()
			history = append(history, op)
			mu.Unlock()
		}
	})
	return history
}

// perform makes one call.
func perform(e *env, s sessionstore.Store, id sessionstore.ID, in linCall) linReply {
	c := sessionstore.Change{Session: id, Epoch: in.epoch}
	switch in.kind {
	case "load":
		return observe(e, s, id)
	case "create":
		c.Create = &sessionstore.Creation{Credential: in.to, Idle: sessionIdle}
	case "save":
		setting(strconv.Itoa(in.key), in.value)(&c)
	case "add":
		adding("count", 1)(&c)
	case "rotate":
		rotating(in.from, in.to, in.to.String())(&c)
	case "login":
		c.Login = &sessionstore.LoginStart{ID: in.login, User: id.String(), Began: s.Now(), Idle: loginIdle}
		renewing(in.to)(&c)
	case "logout":
		leaving(analytics.ReasonLogout)(&c)
	case "end":
		ending(analytics.ReasonLogout)(&c)
	}
	res, err := s.Apply(e.Context(), c)
	return linReply{err: answer(err), added: res.Added["count"], rotated: res.Rotated, sealed: string(res.Sealed)}
}

// observe makes a call of Load.
func observe(e *env, s sessionstore.Store, id sessionstore.ID) linReply {
	rec, err := s.Load(e.Context(), id)
	if err != nil {
		return linReply{err: answer(err)}
	}
	cred := rec.Credential
	state := linState{phase: "live", epoch: cred.Epoch, current: cred.Current, previous: cred.Previous, values: [2]string{rec.Values["0"], rec.Values["1"]}}
	if rec.Login != nil {
		state.login = rec.Login.ID
	}
	if n := rec.Values["count"]; n != "" {
		if state.count, err = strconv.ParseInt(n, 10, 64); err != nil {
			return linReply{err: err.Error()}
		}
	}
	return linReply{state: state}
}

func answer(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, sessionstore.ErrEnded):
		return "ended"
	case errors.Is(err, sessionstore.ErrExists):
		return "exists"
	case errors.Is(err, sessionstore.ErrSuperseded):
		return "superseded"
	default:
		return err.Error()
	}
}

// dice is a source of choices that are the same in every run (splitmix64).
type dice uint64

func (d *dice) roll(n int) int {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n)) //nolint:gosec // less than n
}

func (d *dice) pick(from ...string) string { return from[d.roll(len(from))] }
