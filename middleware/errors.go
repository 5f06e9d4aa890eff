package middleware

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// The errors of this package, to be told apart with [errors.Is]. Errors of
// sessionstore, such as [sessionstore.ErrTooManyLogins], pass through.
var (
	// ErrNoMiddleware: the context does not come from a request inside
	// [Manager.Handler].
	ErrNoMiddleware = errors.New("middleware: not inside Manager.Handler")

	// ErrNoLogin: the route needs a login, or one of a certain strength.
	ErrNoLogin = errors.New("middleware: login required")

	// ErrNotRecent: the route needs a login proved more recently.
	ErrNotRecent = fmt.Errorf("%w: the proof is too old", ErrNoLogin)

	// ErrBearer: the client holds tokens, which this call cannot replace. Use
	// [Manager.IssueTokens], [Manager.IssueOpaque] or [Manager.ReissueTokens].
	ErrBearer = errors.New("middleware: the client holds tokens in place of a cookie")

	// ErrNoTokens: Config.Tokens is missing.
	ErrNoTokens = errors.New("middleware: access tokens are not configured")

	// ErrToken: the request's token is none, or authenticates nothing, or came
	// without the proof that it is bound to. Why is for the log only.
	ErrToken = fmt.Errorf("%w: no valid token", ErrNoLogin)

	// ErrHeadersSent: it is too late in the response for a new cookie.
	ErrHeadersSent = errors.New("middleware: response headers are already sent")

	// ErrUnavailable: the store failed. It says nothing about the session.
	ErrUnavailable = errors.New("middleware: session store unavailable")

	// ErrCrossOrigin: the request comes from another origin, see
	// Config.CrossOrigin.
	ErrCrossOrigin = errors.New("middleware: request from another origin")

	// ErrWrongHost: cookies without Secure are served to loopback hosts only.
	ErrWrongHost = errors.New("middleware: insecure cookies are for loopback hosts only")
)

// StatusOf returns the HTTP status that says what err says: 400 for what makes
// no sense or is not ours, 401 for [ErrNoLogin], 403 for a refused login and [ErrCrossOrigin],
// 409 where the session changed under the request, 413 for what is too large,
// 421 for [ErrWrongHost], 429 for too many logins, 503 for [ErrUnavailable],
// else 500.
func StatusOf(err error) int {
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

var statuses = []struct {
	err    error
	status int
}{
	{ErrUnavailable, http.StatusServiceUnavailable},
	{ErrNoLogin, http.StatusUnauthorized},
	{ErrCrossOrigin, http.StatusForbidden},
	{ErrWrongHost, http.StatusMisdirectedRequest},
	{sessionstore.ErrLoginRefused, http.StatusForbidden},
	{sessionstore.ErrTooManyLogins, http.StatusTooManyRequests},
	{sessionstore.ErrTooLarge, http.StatusRequestEntityTooLarge},
	{sessionstore.ErrSuperseded, http.StatusConflict},
	{sessionstore.ErrEnded, http.StatusConflict},
	{sessionstore.ErrConflict, http.StatusConflict},
	{sessionstore.ErrEmptyCart, http.StatusConflict},
	{sessionstore.ErrInvalid, http.StatusBadRequest},
	{ErrClientState, http.StatusBadRequest},
}

// plainError is the default of Config.OnError. It does not show err, which may
// name keys and users.
func plainError(w http.ResponseWriter, _ *http.Request, err error) {
	status := StatusOf(err)
	http.Error(w, http.StatusText(status), status)
}

// storeError tells a store's answer from its failure: answers pass, everything
// else becomes an ErrUnavailable.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	for _, answer := range answers {
		if errors.Is(err, answer) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

var answers = []error{
	sessionstore.ErrEnded,
	sessionstore.ErrExists,
	sessionstore.ErrSuperseded,
	sessionstore.ErrConflict,
	sessionstore.ErrLoginRefused,
	sessionstore.ErrTooManyLogins,
	sessionstore.ErrEmptyCart,
	sessionstore.ErrTooLarge,
	sessionstore.ErrInvalid,
}
