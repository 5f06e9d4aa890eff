// Package replay sends the requests of an access log through the middleware, on the
// clock of the log, as if they were made now: visits, views and bots are then told
// by the same code as in a running server.
//
// What a log does not tell is assumed. A client is an address with a User-Agent, and
// keeps its cookies. A GET request for what is no file, or one of HTML, is a
// navigation: a browser that opens a page.
package replay
