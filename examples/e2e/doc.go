// Package e2e uses the shop as people do, in a real browser: its tests build the
// program, start it on a free port of the loopback interface, and drive a headless
// Chromium that can reach nothing else. They look at what only a browser tells: that
// the shop works with the keyboard alone, in several tabs at once, in the dark and on
// a narrow screen, that its security policy forbids nothing of its own, and that what
// the reports say of page views and of time is what happened.
//
// Every tab is watched: what it complains of on its console, and every request that
// would leave the shop, fails the test that opened it.
//
// The package is a module of its own, so that the driver of the browser is needed by
// nobody else. It needs chromium, chromium-browser or google-chrome in the PATH.
// Where there is none the tests are skipped, but where the environment variable CI is
// set they fail. The shop is built with the race detector if the test binary is.
package e2e
