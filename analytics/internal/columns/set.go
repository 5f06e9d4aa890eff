package columns

import "github.com/sojourn-go/sojourn/analytics"

// Set is what a warehouse holds at one moment, to be asked. Nothing in it changes
// while a question is answered. Index 0 of each list of texts is none.
type Set struct {
	// Segments are those of the hours that the question needs, see [Bounds],
	// [CohortsBounds], [ExperimentBounds] and [LiveBounds], or of more; in the order
	// of their hours, one an hour at most.
	Segments []*Segment

	Newest int64 // Unix milliseconds of the newest event

	First      []int64  // by visitor: the start of the first visit, Unix milliseconds
	Users      []string // by code
	Pages      []Page
	Origins    []Origin
	Actions    []string
	Currencies []string
	Arms       []Arm
	Ends       []analytics.Reason // by End

	// Visitors returns the IDs of visitors, in their order.
	Visitors func(codes []uint32) ([]string, error)

	// Find returns the codes of the visitors with these IDs, in their order; 0: there
	// is none. It is used for conditions on sessions; nil: all IDs are looked at.
	Find func(ids []string) ([]uint32, error)

	// Assigned returns, by visitor, the arm of the experiment that the visitor was
	// assigned to first, whenever that was; 0 or beyond the end: none.
	Assigned func(experiment string) ([]uint32, error)
}

// Page is a page or a screen.
type Page struct {
	Name   string // path, or name of the screen
	Route  string // of a page; its path if it has no route
	Screen bool
}

// Origin is the origin of visits, with what is derived from it.
type Origin struct {
	analytics.Origin
	Channel string // see package channel
	Source  string
}

// Arm is one arm of an experiment.
type Arm struct{ Experiment, Name string }
