// Package report answers what people ask of visits: how many, how long, from
// where, doing what, where they stop. The definitions are those of package
// analytics.
//
// A [Warehouse] answers plain questions; [Reports] puts its answers together into
// reports: numbers with their rates, what they were computed over and left out,
// and how they compare with a period before. A [Number] explains itself. Every
// report has a [Table] for CSV and for the terminal, and JSON.
//
// Package httpapi serves the reports over HTTP, package terminal prints them, and
// package reporttest checks warehouses and lets tests assert numbers.
package report
