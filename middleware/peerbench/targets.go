package main

import "math"

// target is a number that Sojourn has to reach.
type target struct {
	Request string  `json:"request"`
	Name    string  `json:"name"` // of the number: a row of the table
	Limit   float64 `json:"limit"`
	Value   float64 `json:"value"`
	Met     bool    `json:"met"`
}

// Rows of the table, under each kind of request.
const (
	rowRatio    = "× scs"
	rowBusy     = "processor time, ns"
	rowOverBare = "over the bare handler"
	rowRedis    = "of Redis, ns"
	rowAllocs   = "allocs/op"
	rowCommands = "Redis commands"
	rowInScript = "called by scripts"
)

// goal is where a target's limit is set.
type goal struct {
	request int
	row     string
	limit   float64
	of      func(cost) float64
}

var goals = []goal{
	{anonymous, rowOverBare, 1000, func(c cost) float64 { return *c.OverBare }},
	{anonymous, rowCommands, 0, wholeCommands},
	{read, rowRatio, 0.40, func(c cost) float64 { return c.Ratio }},
	{read, rowCommands, 1, wholeCommands},
	{write, rowRatio, 0.55, func(c cost) float64 { return c.Ratio }},
	{write, rowCommands, 2, wholeCommands},
}

// wholeCommands leaves out the fraction, which is background work: it comes by
// the second, not by the request.
func wholeCommands(c cost) float64 { return math.Round(c.Commands) }
