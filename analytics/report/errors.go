package report

import "errors"

// ErrQuestion is wrapped by the errors for questions that no warehouse can answer
// as they are put.
var ErrQuestion = errors.New("report: faulty question")

// ErrNothing is wrapped by the errors for what cannot be found out because there
// is nothing to find it out from.
var ErrNothing = errors.New("report: nothing to go by")
