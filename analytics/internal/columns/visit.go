package columns

// Visit is one visit as a warehouse hands it over. Moments are Unix milliseconds.
// Codes stand for texts, see [Set]; 0 is none.
type Visit struct {
	ID        int64 // the warehouse's own number for it; different for each visit
	Visitor   uint32
	User      uint32
	Origin    uint32
	Start     int64
	Last      int64 // last activity; not before Start
	End       End
	Views     []View     // in any order
	Actions   []Action   // in any order
	Exposures []Exposure // in any order
}

// View is one view of a visit.
type View struct {
	Key     int64 // decides the order of views of the same moment
	Time    int64 // not before the visit's Start
	Page    uint32
	Engaged int32 // milliseconds that its beacon told of; -1: none did
}

// Action is one action of a visit.
type Action struct {
	Key      int64
	Time     int64
	Name     uint32
	Currency uint32 // of a purchase; 0: it is none
	Value    int64  // in the currency's smallest unit
}

// Exposure is one assignment of the visitor to an arm of an experiment.
type Exposure struct {
	Time int64
	Arm  uint32
}

// End is how a visit ended: a code of an analytics.Reason, see [Set], or one of
// the constants.
type End uint8

// UnderWay is the End of a visit without an end. Whether that one is over all the
// same depends on the newest event.
const UnderWay End = 0
