// Package acceptance holds the shop to what it promises, from outside: its tests
// build the program, start it as real processes, on memory, in a file and
// on real Redis servers, and talk to it over HTTP like browsers do. They import neither the
// middleware nor the stores.
//
// A test carries the number of the invariant that it is about in its name. The
// tests on Redis run two instances on one server; what is said twice as "here or
// on the other instance" is tried both ways.
//
// The soak of the rotation takes a few seconds by default, and as long as the
// environment variable SOJOURN_SOAK says, such as 60s; that long the shop and its
// Redis are killed, too, before the ledger of events is looked at, instead of three
// times. With -short the floods are smaller. The processes are built with the race
// detector if the test binary is, and a race or a panic in one of them fails the
// test that it served.
package acceptance
