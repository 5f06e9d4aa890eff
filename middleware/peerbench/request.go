package main

import "net/http"

// request is a kind of request whose cost is measured.
type request struct {
	name    string
	about   string
	method  string
	paths   []string // taken in turns
	status  int      // of the response
	session bool     // it comes with a session
	page    bool     // it is for the page that needs no library
}

// Of these requests, in this order.
const (
	anonymous = iota
	anonymousRead
	read
	write
	requestKinds
)

var requests = [requestKinds]request{
	anonymous: {
		name: "anonymous", about: "a page for a visitor without a session; it looks at none",
		method: http.MethodGet, paths: []string{"/"}, status: http.StatusOK, page: true,
	},
	anonymousRead: {
		name: "anonymous read", about: "a value is read for a visitor without a session",
		method: http.MethodGet, paths: []string{"/theme"}, status: http.StatusNoContent,
	},
	read: {
		name: "read", about: "a value of the session is read",
		method: http.MethodGet, paths: []string{"/theme"}, status: http.StatusOK, session: true,
	},
	write: {
		name: "write", about: "a value of the session is changed",
		method: http.MethodPut, paths: []string{"/theme/" + themes[0], "/theme/" + themes[1]}, status: http.StatusNoContent, session: true,
	},
}

// themes are written in turns: a write that changes nothing might cost nothing.
var themes = [...]string{"light", "dark"}
