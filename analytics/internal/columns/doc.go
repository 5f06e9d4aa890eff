// Package columns keeps visits in columns, an hour of starts to a segment, and
// answers the questions of a report.Warehouse by going through them. It knows
// nothing of where segments are kept.
package columns
