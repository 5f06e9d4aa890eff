package storetest

import (
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// Harness opens stores for the suite.
type Harness struct {
	// Open returns a fresh, empty store, to be closed with tb.Cleanup. The suite
	// uses one instance at a time.
	Open func(tb testing.TB, o Options) Instance
}

// Options are what a sub-test asks of its store.
type Options struct {
	Limits sessionstore.Limits
	Feed   sessionstore.FeedOptions
}

// Instance is one store and the means to try it.
type Instance struct {
	Store sessionstore.Store

	// Peer is a second handle on the same data, as another process would have
	// it. For a store that cannot be shared it is the same value.
	Peer sessionstore.Store

	// Advance moves the store's clock forward, for all handles, also while the
	// store is broken. It is safe for concurrent use. What a store
	// measures on a clock that cannot be moved (only [sessionstore.FeedOptions]'
	// ClaimAfter and the ttl of Remember may be) the suite sets short, and waits
	// for.
	Advance func(d time.Duration)

	// Break makes the store unreachable for both handles, until restore is
	// called. What was acknowledged before must be there afterwards. It is nil
	// for a store that cannot fail.
	Break func() (restore func())
}

// group is the sub-tests of one subject.
type group struct {
	name  string
	cases []scenario
}

// scenario is one sub-test on a store of its own.
type scenario struct {
	name string
	opts Options
	run  func(e *env)

	breaks bool // needs Instance.Break
	drops  bool // the feed drops or trims events: no audit of all of them
}

func groups() []group {
	return []group{
		{"I1_CreationAloneCreates", creation()},
		{"I1_EndedIsFinal", finality()},
		{"I1_EndUser", endUser()},
		{"I2_Values", values()},
		{"I2_Cart", cart()},
		{"I2_UserSwitch", userSwitch()},
		{"I2_Stress", stress()},
		{"I3_Transitions", transitions()},
		{"I3_RefusedChangesNothing", refusals()},
		{"I3_Visit", visits()},
		{"I3_Feed", feeds()},
		{"I3_Events", queries()},
		{"I3_EndsRace", races()},
		{"I5_Rotation", rotation()},
		{"I5_Epoch", epochs()},
		{"I6_Fault", faults()},
		{"I7_LimitsHoldAtReadTime", limits()},
		{"I7_Sweep", sweeps()},
		{"I7_Touch", touching()},
		{"I8_Limits", sizes()},
		{"LoginLimit", loginLimits()},
		{"UserSessions", userSessions()},
		{"Client", clients()},
		{"Remember", remembering()},
		{"Watch", watching()},
		{"Linearizable", linearizable()},
		{"Model", models()},
	}
}

// Run holds the stores that h opens to the words of [sessionstore.Store].
func Run(t *testing.T, h Harness) {
	for _, g := range groups() {
		t.Run(g.name, func(t *testing.T) {
			for _, s := range g.cases {
				t.Run(s.name, func(t *testing.T) {
					in := h.Open(t, s.opts)
					if s.breaks && in.Break == nil {
						t.Skip("this store cannot fail")
					}
					e := &env{T: t, Instance: in}
					s.run(e)
					if !s.drops && !t.Failed() {
						e.audit()
					}
				})
			}
		})
	}
}
