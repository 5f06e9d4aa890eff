package main

import (
	"context"
	"net/http"
	"time"
)

// idle is the idle limit of logins on every library. No measurement gets there.
const idle = 30 * time.Minute

// library is a session library with its store in Redis.
type library struct {
	name string

	// open returns the shop on the library, as a server that has just started
	// would: with a client of its own, and the library's defaults wherever the
	// comparison does not need them equal.
	open func(ctx context.Context, srv *server) (*opened, error)

	// reportedEnds makes sessions end, in ways that no request sees, and returns
	// what the library told the application. It is nil for a library that has no
	// way to tell.
	reportedEnds func(ctx context.Context, srv *server) (endings, error)
}

// opened is a shop that serves.
type opened struct {
	handler http.Handler
	cookie  string // the session cookie's name

	// revokeUser logs a user out on all devices; nil: the library cannot. It
	// says which way it goes about it.
	revokeUser func(ctx context.Context, user string) error
	revokesBy  string

	close func() error
}

// libraries are compared in this order. The first is what the others are
// measured against.
var libraries = []library{scsLibrary, gorillaLibrary, sojournLibrary}

const (
	reference = 0 // scs
	subject   = 2 // Sojourn
)

// bare is the shop's one page that needs no library.
func bare() *opened {
	return &opened{handler: newShop(nil), close: func() error { return nil }}
}
