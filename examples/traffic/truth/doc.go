// Package truth is what the reports must say about visitors whose doings are
// known: a [Journal] keeps what one visitor did and was answered, and [Of] counts
// from journals, by the definitions of package analytics, in the plainest way.
// It asks no report and shares no code with those that answer.
package truth
