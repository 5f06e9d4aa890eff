// Package redistest starts real redis-server processes for tests: a single
// server, a primary with a replica, or a cluster of three primaries. They
// listen on loopback only, on ports found free, and can be killed, restarted
// and paused.
//
// Most tests want [Shared], which costs one process for the whole test binary
// and gives each test a database of its own. A test that kills the server, or
// looks at what is server-wide, takes [Single], [Replica] or [Cluster].
//
// Nothing is left behind: a server ends with its test, and on Linux also with
// the test binary, however that ended.
//
// Redis 7.0 or newer is needed. Where redis-server is missing, tests are
// skipped; under CI (the environment variable CI is set) they fail, so that a
// green run cannot hide that nothing ran.
package redistest
